"""
The parameters of a URL.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs

from litestar import Request

from carmarket.codec.params import Params
from carmarket.core.errors import InvalidError
from carmarket.entrypoints.http.problems import MalformedError


def query_params(request: Request[Any, Any, Any], known: Collection[str]) -> Params:
    """
    The parameters of the URL.

    Raises: InvalidError for one that the route does not know, with the one that was probably meant.
    """
    raw = request.scope["query_string"]
    if not raw:
        return {}
    try:
        text = raw.decode("ascii")
    except ValueError as broken:
        raise _unreadable(broken) from broken
    return parsed(text, known)


def parsed(text: str, known: Collection[str]) -> Params:
    """
    The parameters that a query says, which stands behind the `?` of a URL.

    Raises: MalformedError; InvalidError for a parameter that is not known.
    """
    try:
        params = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=400)
    except ValueError as broken:
        raise _unreadable(broken) from broken
    demand_names(params, known)
    return params


def demand_names(params: Params, known: Collection[str]) -> None:
    """Raises: InvalidError for a parameter that is not known, with the one that was probably meant."""
    for name in params:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise InvalidError(
                f"There is no parameter {name[:80]!r}.", field=name[:80], value=params[name][0][:80],
                expected=near[0] if near else ", ".join(sorted(known)) or "no parameters",
            )  # fmt: skip


def one(params: Params, name: str) -> str | None:
    """Raises: InvalidError if it is said more than once."""
    values = params.get(name, ())
    if len(values) > 1:
        raise InvalidError(f"{name} is said once.", field=name, value=", ".join(values)[:200], expected="one value")
    return values[0] or None if values else None


def whole(params: Params, name: str, default: int, most: int) -> int:
    """Raises: InvalidError for what is no number from 1 to `most`."""
    text = one(params, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise InvalidError(f"{name} lies between 1 and {most}.", field=name, value=text[:80], expected=f"1 to {most}")
    return int(text)


def flag(params: Params, name: str, *, default: bool) -> bool:
    text = one(params, name)
    if text is None:
        return default
    if text not in {"true", "false"}:
        raise InvalidError(f"{name} is true or false.", field=name, value=text[:80], expected="true or false")
    return text == "true"


def _unreadable(broken: ValueError) -> MalformedError:
    return MalformedError(f"The query cannot be read: {broken}", field="query", expected="UTF-8, percent-encoded")

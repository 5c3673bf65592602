"""
What was said, held to a shape: what the shape does not know is refused, and what is wrong is named by its field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

from carmarket.core.errors import InvalidError

T = TypeVar("T")
MISSING = re.compile("Object missing required field `(.+)`")


def read_as(kind: type[T], said: Any, *, expected: str) -> T:
    """
    What was said, as one of this kind; `expected` is where its shape can be read.

    Raises: InvalidError naming the field that is wrong or unknown.
    """
    demand_known(said, kind, "")
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as wrong:
        raise explained(wrong, expected=expected) from wrong


def demand_known(said: Any, kind: Any, path: str) -> None:
    """Raises: InvalidError for a field that the kind does not have, wherever it stands."""
    for member in _members(kind):
        if attrs.has(member) and isinstance(said, Mapping):
            hints = _hints(member)
            for name, value in said.items():
                if name not in hints:
                    raise InvalidError(
                        f"There is no field {name[:80]!r} here.", field=f"{path}{name[:80]}", value=_short(value),
                        expected=", ".join(hints) or "no fields",
                    )  # fmt: skip
                demand_known(value, hints[name], f"{path}{name}.")


def explained(wrong: msgspec.ValidationError, *, expected: str) -> InvalidError:
    """What does not fit its type, by the name of its field."""
    message, _, path = str(wrong).partition(" - at `$")
    missing = MISSING.fullmatch(message)
    names = [*filter(None, path.strip("`.").split(".")), *(missing.groups() if missing else ())]
    return InvalidError(message, field=".".join(names) or "body", expected=expected)


def _members(kind: Any) -> tuple[Any, ...]:
    """The classes that a value of this kind may be of."""
    if get_origin(kind) in {Union, UnionType}:
        return tuple(member for member in get_args(kind) if member is not NoneType)
    return (kind,)


_KNOWN: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        _KNOWN[kind] = {field.name: hints[field.name] for field in attrs.fields(kind)}
    return _KNOWN[kind]


def _short(value: Any) -> str:
    return json.dumps(value, default=str)[:80]

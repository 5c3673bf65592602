"""
What a visitor asked for, as the parameters of the address; every link of a page is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from attrs import frozen
from litestar.datastructures import MultiDict

from carmarket.codec.params import PARAMETERS
from carmarket.core.text import key


@frozen
class Asked:
    """The parameters of a search that say something."""

    params: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, query: MultiDict[str]) -> Asked:
        """Empty fields of the form say nothing, and so do names that are no parameters of a search."""
        said: dict[str, list[str]] = {}
        for name, value in query.multi_items():
            if name in PARAMETERS and value.strip():
                said.setdefault(name, []).append(value)
        return cls(said)

    def first(self, name: str) -> str:
        """What was said for a parameter, or nothing."""
        return next(iter(self.params.get(name, ())), "")

    def chooses(self, name: str, value: str) -> bool:
        """Whether the value is among those chosen, however it was written."""
        return key(value) in map(key, self.params.get(name, ()))

    def without(self, *names: str) -> Asked:
        """The same search with nothing said of these."""
        return Asked({name: values for name, values in self.params.items() if name not in names})

    def without_choice(self, name: str, value: str) -> Asked:
        """The same search with one choice less."""
        rest = [other for other in self.params.get(name, ()) if key(other) != key(value)]
        others = self.without(name).params
        return Asked({**others, name: rest} if rest else others)

    def adding(self, **said: str) -> Asked:
        """The same search with these parameters said once."""
        return Asked({**self.params, **{name: [value] for name, value in said.items()}})

    def href(self, *, cursor: str | None = None) -> str:
        """The address, without a host, that asks for it: one search has one, in whatever order it was said."""
        pairs = [(name, value) for name in PARAMETERS for value in self.params.get(name, ())]
        if cursor is not None:
            pairs.append(("cursor", cursor))
        return f"/?{urlencode(pairs)}" if pairs else "/"

"""
What a browser without JavaScript makes of a page: links, forms, boxes, text.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode

VOID = {"meta", "link", "img", "input", "br", "circle", "polyline"}


class Element:
    """A tag with its attributes and what is in it."""

    def __init__(self, tag: str, attrs: dict[str, str]) -> None:
        self.tag = tag
        self.attrs = attrs
        self.children: list[Element] = []
        self.pieces: list[Element | str] = []

    def within(self) -> Iterator[Element]:
        """Everything in it, at any depth."""
        for child in self.children:
            yield child
            yield from child.within()

    def all(self, tag: str, **attrs: str) -> Iterator[Element]:
        for child in self.within():
            if child.tag == tag and all(child.attrs.get(name.rstrip("_")) == value for name, value in attrs.items()):
                yield child

    def one(self, tag: str, **attrs: str) -> Element:
        (found,) = self.all(tag, **attrs)
        return found

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join("".join(self._texts()).replace("\xa0", " ").split())

    def _texts(self) -> Iterator[str]:
        for piece in self.pieces:
            if isinstance(piece, str):
                yield piece
            else:
                yield from piece._texts()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        self.open[-1].pieces.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        last = self.open.pop()
        assert last.tag == tag, f"<{last.tag}> is closed by </{tag}>"

    def handle_data(self, data):
        self.open[-1].pieces.append(data)


def read(html: str) -> Element:
    """The page as a tree; fails where tags do not nest."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def submitted(page: Element, **typed: str) -> str:
    """The address that a browser goes to when the search form is sent, with some fields filled in."""
    form = page.one("form", id="search")
    fields = [*form.all("input"), *page.all("input", form="search")]
    pairs = [
        (field.attrs["name"], typed.get(field.attrs["name"], field.attrs.get("value", "")))
        for field in fields
        if field.attrs.get("type") != "checkbox" or "checked" in field.attrs
    ]
    for select in [*form.all("select"), *page.all("select", form="search")]:
        options = list(select.all("option"))
        chosen = next((option for option in options if "selected" in option.attrs), options[0])
        pairs.append((select.attrs["name"], typed.get(select.attrs["name"], chosen.attrs["value"])))
    return f"{form.attrs['action']}?{urlencode(pairs)}"

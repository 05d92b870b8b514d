"""The tree that a browser makes of a page, for comparison."""

from collections.abc import Iterator
from typing import Any

import html5lib

Node = tuple[str, ...]


def nodes(page: str, *, transparent: tuple[str, ...] = ()) -> list[Node]:
    """The page in document order: each element as its name and sorted attributes, its end, each
    text and comment. Elements with a class among ``transparent`` count as a part of their text,
    and texts beside each other are one."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    root = parser.parse(page)
    return _joined(list(_walk(root, transparent)))


def mistakes(page: str) -> list[str]:
    """What HTML's own parser takes offence at."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    parser.parse(page)
    return [code for _, code, _ in parser.errors]


def _walk(element: Any, transparent: tuple[str, ...]) -> Iterator[Node]:
    if not isinstance(element.tag, str):
        yield ("comment", element.text or "")
    else:
        name = element.tag.rpartition("}")[2]
        shown = element.get("class") not in transparent
        if shown:
            attributes = sorted(f"{key}={value}" for key, value in element.attrib.items())
            yield ("element", name, *attributes)
        yield ("text", element.text or "")
        for child in element:
            yield from _walk(child, transparent)
        if shown:
            yield ("end", name)
    yield ("text", element.tail or "")


def _joined(given: list[Node]) -> list[Node]:
    made: list[Node] = []
    for node in given:
        if node[0] == "text" and made and made[-1][0] == "text":
            made[-1] = ("text", made[-1][1] + node[1])
        elif node != ("text", ""):
            made.append(node)
    return made

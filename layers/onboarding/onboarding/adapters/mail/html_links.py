"""Finds the links in HTML, and whether a reader can see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from onboarding.adapters.mail.css import Look, Rules, look_of, rules_in
from onboarding.domain.message_summary import Link

LONGEST: Final = 512 * 1024
"""Characters that are looked through; Gmail shows a fifth of that."""
_MOST_LINKS: Final = 1000
_MOST_ELEMENTS: Final = 20_000
_DEEPEST: Final = 500
_MOST_UNENDED: Final = 20
_WORDS_KEPT: Final = 300
_VOID: Final = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
}  # fmt: skip
_NEVER_SHOWN: Final = {"head", "script", "style", "template", "title"}
_INLINE: Final = (_VOID - {"hr"}) | {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
    "var",
}  # fmt: skip
_ENDED_BY: Final = {
    "li": frozenset({"li"}),
    "td": frozenset({"td", "th", "tr"}),
    "th": frozenset({"td", "th", "tr"}),
    "tr": frozenset({"tr"}),
}
"""Elements whose end tag may be left out, and the tags that end them (HTML, optional tags)."""

_TO_COPY_OR_SKIP: Final = re.compile(r"<style\b|<[!?]", re.IGNORECASE)
_END_OF_STYLE: Final = re.compile(r"</style", re.IGNORECASE)

Attributes = list[tuple[str, str | None]]


def links_in_html(html: str) -> tuple[Link, ...]:
    """Every link with an address, in order, as a mail program would show it."""
    reader = _Reader()
    try:
        reader.feed(_bounded("".join(_shown(html[:LONGEST]))))
        reader.close()
    except (AssertionError, ValueError):
        pass  # markup declarations that it gives up on; what came before is read
    reader.end()
    return tuple(reader.links)


def _shown(html: str) -> Iterator[str]:
    """The text without comments and declarations, on which the parser can spend the square of
    their number. One that never ends hides all that follows; those in style sheets belong to
    them.
    """
    at = 0
    while match := _TO_COPY_OR_SKIP.search(html, at):
        opening = match[0].lower()
        yield html[at : match.start()]
        if opening == "<style":
            end = _END_OF_STYLE.search(html, match.end())
            at = end.end() if end else len(html)
            yield html[match.start() : at]
            continue
        closing = "-->" if html.startswith("<!--", match.start()) else ">"
        closed_at = html.find(closing, match.start() + 2)
        if closed_at < 0:
            return
        at = closed_at + len(closing)
    yield html[at:]


def _bounded(html: str) -> str:
    """The text without tags that begin and never end: for each of them the parser looks through
    all that follows."""
    return ">".join(
        piece.replace("<", " ") if piece.count("<") > _MOST_UNENDED else piece
        for piece in html.split(">")
    )


@dataclass(slots=True)
class _Open:
    """An element that is open, and how what is in it looks."""

    tag: str
    look: Look


@dataclass(slots=True)
class _Anchor:
    """A link that is being read."""

    url: str
    look: Look
    words: list[str] = field(default_factory=list)
    hidden: str = ""
    is_seen: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self._open: list[_Open] = []
        self._rules = Rules()
        self._anchor: _Anchor | None = None
        self._pending: list[_Anchor] = []
        self._around: list[str] = []
        self._elements = 0

    @property
    def _look(self) -> Look:
        return self._open[-1].look if self._open else Look()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            return
        self._end_implied(tag)
        given = {name: value or "" for name, value in reversed(attrs)}
        look = look_of(tag, given, self._look, self._rules)
        if tag in _NEVER_SHOWN:
            look = look.gone_by(f"inside <{tag}>")
        if tag not in _INLINE:
            self._end_block()
        if tag == "a" and "href" in given:
            self._end_anchor()
            self._anchor = _Anchor(given["href"].strip(), look)
        elif tag == "area" and "href" in given:
            self._take(_Anchor(given["href"].strip(), look, [given.get("alt", "")], is_seen=True))
        elif tag == "img":
            self._picture(given, look)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(_Open(tag, look))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_anchor()
        if any(each.tag == tag for each in self._open):
            while self._open.pop().tag != tag:
                pass
        if tag not in _INLINE:
            self._end_block()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag == "style":
            self._rules = self._rules.and_also(rules_in(data))
        elif data.strip():
            self._words(data, self._look)

    def end(self) -> None:
        """Nothing more comes."""
        self._end_anchor()
        self._end_block()

    def _end_implied(self, tag: str) -> None:
        """Close what ends without an end tag; a paragraph ends where any block begins."""
        if not self._open:
            return
        last = self._open[-1].tag
        ends = tag not in _INLINE if last == "p" else tag in _ENDED_BY.get(last, ())
        if ends:
            self.handle_endtag(last)

    def _end_block(self) -> None:
        """What stands in one paragraph or cell belongs together."""
        around = " ".join(self._around)[:_WORDS_KEPT]
        for anchor in self._pending:
            hidden = "" if anchor.is_seen else anchor.hidden or "it has no words and no picture"
            words = " ".join(anchor.words)[:_WORDS_KEPT]
            if len(self.links) < _MOST_LINKS:
                self.links.append(Link(anchor.url, words, around, hidden))
        self._pending, self._around = [], []

    def _words(self, words: str, look: Look) -> None:
        hidden = look.hidden
        if self._anchor is None:
            if not hidden:
                self._around.append(words.strip())
            return
        self._anchor.words.append(words.strip())
        self._anchor.hidden = self._anchor.hidden or hidden
        self._anchor.is_seen = self._anchor.is_seen or not hidden

    def _picture(self, given: dict[str, str], look: Look) -> None:
        if self._anchor is None:
            return
        dot = {given.get("width", ""), given.get("height", "")} & {"0", "1", "0px", "1px"}
        hidden = look.hidden or ("a picture of one dot" if dot else "")
        self._anchor.words.append(given.get("alt", ""))
        self._anchor.hidden = self._anchor.hidden or hidden
        self._anchor.is_seen = self._anchor.is_seen or not hidden

    def _end_anchor(self) -> None:
        if self._anchor is not None:
            anchor, self._anchor = self._anchor, None
            anchor.hidden = anchor.hidden or anchor.look.hidden
            self._take(anchor)

    def _take(self, anchor: _Anchor) -> None:
        if len(self._pending) < _MOST_LINKS:
            self._pending.append(anchor)

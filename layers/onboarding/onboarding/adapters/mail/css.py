"""As much of CSS as hides things in mails: inline styles, and plain rules of style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

Declarations = Mapping[str, str]

_COMMENT: Final = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_RULE: Final = re.compile(r"(?P<selectors>[^{}@]{1,500})\{(?P<body>[^{}]{0,5000})\}")
_AT_RULE: Final = re.compile(
    r"@[^{};]{0,500}(?:;|\{(?:[^{}]{0,5000}\{[^{}]{0,5000}\}){0,200}[^{}]{0,5000}\})"
)
_SIMPLE: Final = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<marks>(?:[.#][\w-]+)*)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_HEX: Final = re.compile(r"#(?P<digits>[0-9a-f]{6}|[0-9a-f]{3})")
_RGB: Final = re.compile(r"rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*[,)].*")
_COLOURS: Final = {
    "white": "#ffffff", "black": "#000000", "red": "#ff0000", "green": "#008000",
    "blue": "#0000ff", "yellow": "#ffff00", "gray": "#808080", "grey": "#808080",
    "silver": "#c0c0c0", "whitesmoke": "#f5f5f5", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3",
}  # fmt: skip
_OFF_THE_PAGE: Final = -500.0
_UNREADABLE: Final = 2.0
"""Type of so many pixels or less cannot be read; 0 hides."""
_MOST_RULES: Final = 500
_HIDING: Final = frozenset({
    "display", "visibility", "opacity", "font-size", "color", "background", "background-color",
    "background-image", "overflow", "overflow-y", "max-height", "height", "width", "text-indent",
    "left", "top", "margin-left",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks where it stands; what a child cannot undo is in `gone`."""

    gone: str = ""
    is_invisible: bool = False
    is_tiny: bool = False
    colour: str = "#000000"
    background: str = "#ffffff"

    @property
    def hidden(self) -> str:
        """Why nobody can see it; empty if it can be seen."""
        if self.gone:
            return self.gone
        if self.is_invisible:
            return "visibility: hidden"
        if self.is_tiny:
            return "its type is too small to be seen"
        return "it has the colour of its background" if self.colour == self.background else ""

    def gone_by(self, reason: str) -> Look:
        return replace(self, gone=self.gone or reason)


@dataclass(frozen=True, slots=True)
class Rules:
    """A style sheet's plain rules: what they ask for, by tag, `.class` or `#id`, in order."""

    rules: tuple[tuple[str, frozenset[str], Declarations], ...] = field(default=())

    def and_also(self, more: Rules) -> Rules:
        return Rules((self.rules + more.rules)[:_MOST_RULES])

    def of(self, tag: str, marks: frozenset[str]) -> dict[str, str]:
        """The declarations for an element; later rules win."""
        found: dict[str, str] = {}
        for wanted_tag, wanted_marks, declarations in self.rules:
            if wanted_tag in ("", tag) and wanted_marks <= marks:
                found |= declarations
        return found


def rules_in(sheet: str) -> Rules:
    """The rules for single elements. Rules for some media only, as for narrow screens, are left
    out, and so are those that depend on where an element stands."""
    plain = _AT_RULE.sub(" ", _COMMENT.sub(" ", sheet))
    found = [
        (tag, marks, declared)
        for match in _RULE.finditer(plain)
        for declared in (declarations(match["body"]),)
        if not _HIDING.isdisjoint(declared)
        for tag, marks in _selected(match["selectors"])
    ]
    return Rules(tuple(found[:_MOST_RULES]))


def _selected(selectors: str) -> Iterator[tuple[str, frozenset[str]]]:
    for selector in selectors.split(","):
        match = _SIMPLE.fullmatch(selector.strip())
        if match is not None and match[0]:
            yield (match["tag"] or "").lower(), frozenset(re.findall(r"[.#][\w-]+", match["marks"]))


def declarations(style: str) -> dict[str, str]:
    """`property: value` pairs, in lower case; the last of a property wins."""
    pairs = (part.partition(":") for part in style.split(";"))
    return {
        name.strip().lower(): value.lower().replace("!important", "").strip()
        for name, colon, value in pairs
        if colon
    }


def look_of(tag: str, given: Mapping[str, str], outer: Look, rules: Rules) -> Look:
    """The look inside an element with the attributes `given`, within one that looks `outer`."""
    marks = {f".{name}" for name in given.get("class", "").split()} | {f"#{given.get('id', '')}"}
    style = rules.of(tag, frozenset(marks)) | declarations(given.get("style", ""))
    look = outer.gone_by("hidden") if "hidden" in given else outer
    for reason in _removals(style):
        look = look.gone_by(reason)
    return _coloured(tag, given, style, _inherited(style, look))


def _removals(style: Declarations) -> Iterator[str]:
    """What no child can undo."""
    if style.get("display") == "none":
        yield "display: none"
    if _number(style.get("opacity", "")) == 0:
        yield "opacity: 0"
    clipped = style.get("overflow", style.get("overflow-y", "")) in ("hidden", "clip")
    if clipped and any(_number(style.get(p, "")) == 0 for p in ("max-height", "height", "width")):
        yield "it is clipped to nothing"
    if any(_is_far(style.get(p, "")) for p in ("text-indent", "left", "top", "margin-left")):
        yield "it is moved off the page"


def _is_far(value: str) -> bool:
    number = _number(value)
    return number is not None and number <= _OFF_THE_PAGE


def _inherited(style: Declarations, look: Look) -> Look:
    """What a child inherits and may change."""
    visibility = style.get("visibility")
    if visibility is not None:
        look = replace(look, is_invisible=visibility in ("hidden", "collapse"))
    size = style.get("font-size", "")
    number = _number(size)
    if number is not None:
        in_pixels = size.endswith("px") or number == 0
        look = replace(look, is_tiny=in_pixels and number < _UNREADABLE)
    elif size:
        look = replace(look, is_tiny=False)
    return look


def _coloured(tag: str, given: Mapping[str, str], style: Declarations, look: Look) -> Look:
    picture = style.get("background-image", "") or given.get("background", "")
    ground = picture or _colour(style.get("background-color", style.get("background", "")))
    ground = ground or _colour(given.get("bgcolor", ""))
    text = _colour(style.get("color", "")) or _colour(given.get("color", ""))
    if tag == "a" and "href" in given and not text:
        text = "link"  # programs give links a colour of their own
    return replace(look, colour=text or look.colour, background=ground or look.background)


def _colour(value: str) -> str:
    """A colour in six digits, or as it is written where it cannot be told; empty for none."""
    value = value.strip().lower()
    if value in ("", "inherit", "initial", "unset", "none", "transparent"):
        return ""
    if match := _HEX.fullmatch(value):
        digits = match["digits"]
        return "#" + (digits if len(digits) == 6 else "".join(d * 2 for d in digits))
    if match := _RGB.fullmatch(value):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in match.groups())
    return _COLOURS.get(value, value)


def _number(value: str) -> float | None:
    match = _NUMBER.match(value)
    return float(match[0]) if match else None

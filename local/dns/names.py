"""Domain names as keys of dictionaries, and where the registrable domain of a name begins."""

from functools import lru_cache

import dns.name
from publicsuffixlist import PublicSuffixList

Key = tuple[bytes, ...]
"""The labels of an absolute name, in lower case, leftmost first, without the root's empty label.

Hashing such a tuple is several times as fast as hashing `dns.name.Name`, and every query does it.
"""

ROOT: Key = ()


def key_of(name: dns.name.Name) -> Key:
    """The key of an absolute name."""
    return tuple([label.lower() for label in name.labels[:-1]])


def name_of(key: Key) -> dns.name.Name:
    """The absolute name, in lower case, that a key stands for."""
    return dns.name.Name((*key, b""))


def parse_name(text: str) -> dns.name.Name:
    """The absolute name written in `text`, with or without the final dot.

    Raises `dns.exception.DNSException` if the text is no domain name.
    """
    return dns.name.from_text(text, dns.name.root)


def text_of(key: Key) -> str:
    """How a zone is called in the control interface: no final dot, but `.` for the root."""
    return name_of(key).to_text(omit_final_dot=True) if key else "."


def is_at_or_below(key: Key, top: Key) -> bool:
    """Whether `key` is `top` or a name below it."""
    return len(key) >= len(top) and key[len(key) - len(top) :] == top


def ancestors(key: Key) -> list[Key]:
    """The name itself, its parent, and so on up to the root."""
    return [key[depth:] for depth in range(len(key) + 1)]


class PublicSuffixes:
    """What the Public Suffix List (publicsuffix.org) says about keys."""

    def __init__(self) -> None:
        self._listed = PublicSuffixList(accept_unknown=False)
        self._any = PublicSuffixList(accept_unknown=True)
        self.is_listed_tld = lru_cache(maxsize=4096)(self._is_listed_tld)

    def registrable(self, key: Key) -> Key | None:
        """The registrable domain that holds `key`: one label more than its public suffix.

        Under a top-level domain that is not listed these are the last two labels. None if
        `key` is itself a public suffix or the root.
        """
        found = self._any.privatesuffix(_suffix_text(key)) if key else None
        return None if found is None else key[-1 - found.count(".") :]

    def _is_listed_tld(self, label: bytes) -> bool:
        return self._listed.publicsuffix(_suffix_text((label,))) is not None


def _suffix_text(key: Key) -> str:
    # A label may hold any octet, a dot too, which would change the number of labels.
    return ".".join(label.replace(b".", b"?").decode("latin-1") or "?" for label in key)

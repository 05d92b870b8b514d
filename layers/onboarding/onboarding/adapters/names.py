"""The tables behind names: IDNA 2008 by ``idna``, public suffixes by ``publicsuffixlist``."""

from functools import cached_property
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList


class PublicNameRules:
    """Implements ``NameRules`` with the tables that the two packages ship."""

    def __init__(self) -> None:
        self._lists: dict[str, PublicSuffixList] = {}

    def to_ascii(self, text: str) -> str:
        if text.isascii() and "xn--" not in text.lower():
            return text.lower()  # LDH is checked by the domain; idna would refuse some in use
        import idna  # its tables cost a function's start more than most names ever need of them

        try:
            return idna.encode(text, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(str(error)) from error

    def public_suffix(self, name: str) -> str:
        top = name.rpartition(".")[2]
        if top not in self._lists:
            self._lists[top] = self._list_of(top)
        return str(self._lists[top].publicsuffix(name, accept_unknown=True))

    def _list_of(self, top: str) -> PublicSuffixList:
        """The rules below one top-level domain: to read all 10,000 takes as long as a client's
        making, and no rule of another one can match."""
        written = {top, _unicode(top)}
        rules = [rule for rule in self._rules if rule.rpartition(".")[2] in written]
        # Private suffixes count: a customer does not own github.io or herokuapp.com either.
        return PublicSuffixList(rules, only_icann=False)

    @cached_property
    def _rules(self) -> list[str]:
        lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line and not line.startswith("//")]


def _unicode(label: str) -> str:
    """The list writes internationalised labels in Unicode."""
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label

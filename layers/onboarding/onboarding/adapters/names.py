"""The tables behind names: IDNA 2008 by ``idna``, public suffixes by ``publicsuffixlist``."""

from functools import cached_property

import idna
from publicsuffixlist import PublicSuffixList


class PublicNameRules:
    """Implements ``NameRules`` with the tables that the two packages ship."""

    @cached_property
    def _suffixes(self) -> PublicSuffixList:
        # Private suffixes count: a customer does not own github.io or herokuapp.com either.
        return PublicSuffixList(only_icann=False)

    def to_ascii(self, text: str) -> str:
        if text.isascii() and "xn--" not in text.lower():
            return text.lower()  # LDH is checked by the domain; idna would refuse some in use
        try:
            return idna.encode(text, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(str(error)) from error

    def public_suffix(self, name: str) -> str:
        return str(self._suffixes.publicsuffix(name, accept_unknown=True))

"""Verifies the DKIM signatures of a message, by ``dkimpy``.

The library checks body, headers and key. What it leaves to its callers is done here: which
algorithms still count (RFC 8301), that From is signed (RFC 6376 §6.1.1), and that hostile
messages and keys cost bounded time. It reads the clock by itself, for signatures that expire.

Only the command line has ``dkimpy``: the layer does not, so no function may import this.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import dkim
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value

from onboarding.adapters.mail.inspect import LARGEST_HEADER, MOST_LINES, Octets
from onboarding.domain.dkim_key import key_tags, rsa_bits
from onboarding.domain.dnsnames import canonical
from onboarding.domain.message_summary import Signature, Validity
from onboarding.domain.observation import Failure, Question

if TYPE_CHECKING:
    from onboarding.domain.dmarc_lookup import Lookup

MOST_SIGNATURES: Final = 5
LEAST_BITS, MOST_BITS = 1024, 4096
"""Keys that verifiers have to take (RFC 8301 §3.2)."""
_LONGEST_KEY: Final = 4096
_LONGEST_SIGNATURE: Final = 8192
_SIGNATURE: Final = re.compile(
    rb"^dkim-signature[ \t]*:(?P<value>(?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
_BLANKS: Final = re.compile(rb"[\t ]{64,}")
_MOST_BLANKS_SQUARED: Final = 50_000_000

Tags = Mapping[bytes, bytes]


def signatures(octets: Octets, lookup: Lookup | None) -> tuple[Signature, ...]:
    """What became of each signature, the topmost first, at most ``MOST_SIGNATURES``.

    Without ``lookup`` no key is asked for: a signature is then unknown, unless it is certainly
    not valid.
    """
    first = _SIGNATURE.search(octets.header)
    if first is None:
        return ()
    if len(octets.header) > LARGEST_HEADER or octets.raw.count(b"\n") > MOST_LINES:
        reason = "the message is too large to be checked"
        return (_stated(_tags(first["value"]), Validity.UNKNOWN, reason),)
    try:
        message = dkim.DKIM(octets.raw, minkey=LEAST_BITS)
    except Exception:  # it raises whatever its parser meets in a hostile header
        reason = "the header of the message cannot be read"
        return (_stated(_tags(first["value"]), Validity.INVALID, reason),)
    values = [value for name, value in message.headers if name.lower() == b"dkim-signature"]
    hostile = _costs_too_much(octets.raw)
    return tuple(
        _Check(message, index, value, hostile, lookup).signature()
        for index, value in enumerate(values[:MOST_SIGNATURES])
    )


def _stated(tags: Tags, validity: Validity, reason: str = "", bits: int = 0) -> Signature:
    """What a signature says of itself, and what became of it."""
    covers = frozenset(
        name.strip().lower().decode("ascii", "replace") for name in tags.get(b"h", b"").split(b":")
    )
    return Signature(_name(tags, b"d"), _name(tags, b"s"), covers, validity, reason, bits)


def _costs_too_much(raw: bytes) -> bool:
    """Runs of blanks cost the library their square."""
    runs = (len(run) for run in _BLANKS.findall(raw))
    return sum(length * length for length in runs) > _MOST_BLANKS_SQUARED


class _Invalid(Exception):
    """The signature certainly does not verify; the text says why."""


class _Unknown(Exception):
    """Whether it verifies could not be found out; the text says why."""


@dataclass(slots=True)
class _Check:
    """One signature of a message."""

    message: dkim.DKIM
    index: int
    value: bytes
    hostile: bool
    lookup: Lookup | None

    def signature(self) -> Signature:
        tags = _tags(self.value)
        try:
            bits = self._bits_of_valid(tags)
        except _Invalid as error:
            return _stated(tags, Validity.INVALID, str(error))
        except _Unknown as error:
            return _stated(tags, Validity.UNKNOWN, str(error))
        return _stated(tags, Validity.VALID, bits=bits)

    def _bits_of_valid(self, tags: Tags) -> int:
        """The length of the key of a signature that verifies; raises _Invalid or _Unknown."""
        _refuse(tags)
        if self.hostile:
            raise _Unknown("the message holds too many blanks in a row to be checked")
        if _body_differs(self.message, tags):
            raise _Invalid("the body was changed after it was signed")
        key = self._key(f"{_name(tags, b's')}._domainkey.{_name(tags, b'd')}")
        try:
            right = self.message.verify(self.index, dnsfunc=lambda *_, **__: key)
        except dkim.DKIMException as error:
            raise _Invalid(f"it is not in order ({error})") from error
        except Exception as error:  # it raises whatever it meets in hostile tags and keys
            raise _Invalid("it cannot be read") from error
        if not right:
            raise _Invalid(
                "a signed header was changed after it was signed, or the key in the DNS is not "
                "the one that signed"
            )
        return int(self.message.keysize)

    def _key(self, name: str) -> bytes:
        """The key record; raises where there is none, or where that cannot be told."""
        if self.lookup is None:
            raise _Unknown("the DNS was not asked for its key")
        question = Question(canonical(name), "TXT")
        outcome = self.lookup(question)
        if isinstance(outcome, Failure):
            raise _Unknown(f"the DNS did not give its key ({outcome})")
        end = (question.name, *outcome.aliases(question.name))[-1]
        texts = [record.text for record in outcome.at(end, "TXT")]
        keys = [text for text in texts if key_tags(text)]
        if not keys:
            raise _Invalid(f"there is no DKIM key at {name}")
        return _usable(keys[0], name)


def _usable(text: str, name: str) -> bytes:
    if not key_tags(text)["p"]:
        raise _Invalid(f"the DKIM key at {name} was revoked")
    bits = rsa_bits(text)
    if len(text) > _LONGEST_KEY or (bits is not None and bits > MOST_BITS):
        raise _Invalid(f"the DKIM key at {name} is longer than receivers take")
    if bits is not None and bits < LEAST_BITS:
        raise _Invalid(f"the DKIM key at {name} has only {bits} bits, which receivers refuse")
    return text.encode()


def _refuse(tags: Tags) -> None:
    """What verifiers refuse before they look at the key."""
    if not tags:
        raise _Invalid("it cannot be read")
    algorithm = tags.get(b"a", b"").decode("ascii", "replace")
    if algorithm == "rsa-sha1":
        raise _Invalid("it uses SHA-1, which receivers no longer accept (RFC 8301)")
    if algorithm.startswith("ed25519"):
        raise _Invalid("it uses ed25519, which large receivers do not check; sign with RSA too")
    if b"from" not in (name.strip().lower() for name in tags.get(b"h", b"").split(b":")):
        raise _Invalid("it does not cover From")


def _tags(value: bytes) -> Tags:
    """The signature's tags; none where they cannot be read."""
    if len(value) > _LONGEST_SIGNATURE:
        return {}
    try:
        found: dict[bytes, bytes] = parse_tag_value(value)
    except InvalidTagValueList:
        return {}
    return found


def _name(tags: Tags, tag: bytes) -> str:
    return canonical(tags.get(tag, b"").decode("ascii", "replace"))


def _body_differs(message: dkim.DKIM, tags: Tags) -> bool:
    """Does the body certainly not have the hash that the signature states? Needs no key."""
    try:
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
        body: bytes = policy.canonicalize_body(message.body)
        length = int(tags[b"l"]) if b"l" in tags else len(body)
        stated = base64.b64decode(re.sub(rb"\s+", b"", tags[b"bh"]))
    except (KeyError, ValueError, binascii.Error, InvalidCanonicalizationPolicyError):
        return False  # the library says of these what is wrong with them
    return hashlib.sha256(body[:length]).digest() != stated

"""DKIM key records in TXT (RFC 6376 §3.6.1), as far as they can be told from other texts."""

from __future__ import annotations

import binascii
import re

_TAG = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z0-9_]*)\s*=(?P<value>[^;]*)", re.DOTALL)
_BIT_STRING, _INTEGER, _SEQUENCE = 0x03, 0x02, 0x30
_LONG_FORM = 0x80
_ED25519_OCTETS = 32
"""RFC 8463 §4.2: the bare public key."""


def key_tags(text: str) -> dict[str, str]:
    """The tags of a key record, white space within values removed; empty if it is none."""
    parts = [part for part in text.split(";") if part.strip()]
    matches = [_TAG.fullmatch(part) for part in parts]
    read = {m["name"].lower(): "".join(m["value"].split()) for m in matches if m}
    right = len(read) == len(parts) and "p" in read and read.get("v", "DKIM1") == "DKIM1"
    return read if right else {}


def is_key(text: str) -> bool:
    """Is this a key record?"""
    return bool(key_tags(text))


def same_key(wanted: str, found: str) -> bool:
    """Does `found` publish the key of `wanted`? A `wanted` without a key asks for any that
    verifiers can use."""
    needed = key_tags(wanted).get("p")
    return is_usable(found) if needed is None else key_tags(found).get("p", "") == needed


def is_usable(text: str) -> bool:
    """Can a verifier use the key? Not if it is revoked (an empty `p`), cut short, damaged, or of a
    kind that nobody knows."""
    tags = key_tags(text)
    if not tags:
        return False
    if tags.get("k", "rsa").lower() == "ed25519":
        try:
            return len(binascii.a2b_base64(tags["p"], strict_mode=True)) == _ED25519_OCTETS
        except ValueError:
            return False
    return rsa_bits(text) is not None


def rsa_bits(text: str) -> int | None:
    """The length of an RSA key's modulus in bits; None for other keys and unreadable ones."""
    tags = key_tags(text)
    if not tags or tags.get("k", "rsa").lower() != "rsa":
        return None
    try:
        return _modulus_bits(binascii.a2b_base64(tags["p"], strict_mode=True))
    except (ValueError, IndexError):
        return None


def _modulus_bits(der: bytes) -> int:
    """The modulus within a SubjectPublicKeyInfo (RFC 5280 §4.1) or a bare RSAPublicKey (RFC
    8017 §A.1.1), which some publish by mistake and verifiers take."""
    outer = _content(der, _SEQUENCE)
    if outer[0] == _SEQUENCE:
        _, after = _element(outer, _SEQUENCE)
        outer = _content(_content(after, _BIT_STRING)[1:], _SEQUENCE)
    return int.from_bytes(_content(outer, _INTEGER)).bit_length()


def _content(der: bytes, tag: int) -> bytes:
    return _element(der, tag)[0]


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element and what follows it."""
    if der[0] != tag:
        raise ValueError("another element was expected")
    length, start = der[1], 2
    if length >= _LONG_FORM:
        octets = length - _LONG_FORM
        length, start = int.from_bytes(der[2 : 2 + octets]), 2 + octets
    if start + length > len(der):
        raise ValueError("the element is cut short")
    return der[start : start + length], der[start + length :]

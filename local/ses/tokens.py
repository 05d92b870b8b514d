"""DKIM keys as SES hands them out: Easy DKIM's tokens, and the owner's own key."""

import base64
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from local.ses.errors import bad_request

_COUNT: Final = 3
_OCTETS: Final = 20  # 32 characters of base32
_KEY_BITS: Final = range(1024, 2049)


def easy_dkim_tokens(seed: str, domain: str, generation: int) -> tuple[str, ...]:
    """Three tokens of 32 characters of `a-z2-7`, the same each time for the same arguments."""
    return tuple(_token(seed, f"{domain}|{generation}|{number}") for number in range(_COUNT))


def _token(seed: str, text: str) -> str:
    digest = hmac.digest(seed.encode(), text.encode(), hashlib.sha256)
    return base64.b32encode(digest[:_OCTETS]).decode().lower()


def public_key(private_key: str) -> str:
    """The `p=` of the owner's TXT record: base64 of the public key belonging to a private one.

    `private_key` is base64 DER of an RSA key of 1024 to 2048 bits. Raises SesError
    (BadRequestException) for anything else.
    """
    try:
        key = load_der_private_key(base64.b64decode(private_key), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise bad_request("The private key is not a valid RSA private key.") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size not in _KEY_BITS:
        raise bad_request("The private key must be RSA with 1024 to 2048 bits.")
    encoded = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(encoded).decode()

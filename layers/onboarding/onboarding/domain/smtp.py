"""What a delivery provider has to be set to, so that an account's mail goes out by Amazon SES.

Hosts, ports and header fields are SES's own ("Using the Amazon SES SMTP interface" and "Tenants",
SES Developer Guide). There is no secret in it: SMTP credentials are made by a person, once, and go
straight into the delivery provider.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

STARTTLS_PORTS: Final = (587, 2587, 25)
"""The connection begins in plain text and becomes TLS by STARTTLS (RFC 3207)."""
TLS_PORTS: Final = (465, 2465)
"""TLS from the first octet (RFC 8314 section 3.3)."""

SET_HEADER: Final = "X-SES-CONFIGURATION-SET"
TENANT_HEADER: Final = "X-SES-TENANT"


@dataclass(frozen=True, slots=True)
class SmtpSheet:
    """One account's settings; the header fields are what keeps its reputation to itself."""

    account_id: str
    region: str
    tenant: str
    configuration_set: str

    @property
    def host(self) -> str:
        return f"email-smtp.{self.region}.amazonaws.com"

    @property
    def headers(self) -> dict[str, str]:
        return {SET_HEADER: self.configuration_set, TENANT_HEADER: self.tenant}

    @property
    def digest(self) -> str:
        """Changes with any of the settings: a sheet handed out before counts no more then."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "host": self.host,
            "ports": {"starttls": list(STARTTLS_PORTS), "tls": list(TLS_PORTS)},
            "tls": "required",
            "authentication": "SMTP credentials of Amazon SES",
            "headers": self.headers,
        }

    def as_text(self) -> str:
        """The sheet as a person reads it."""
        headers = "\n".join(f"  {name}: {value}" for name, value in self.headers.items())
        return (
            f"SMTP settings of account {self.account_id}\n\n"
            f"Host            {self.host}\n"
            f"Port, STARTTLS  {_listed(STARTTLS_PORTS)}\n"
            f"Port, TLS       {_listed(TLS_PORTS)}\n"
            "TLS             required\n"
            "User, password  SMTP credentials of Amazon SES, not an AWS key\n\n"
            f"Every message carries these header fields; they keep the account's reputation to\n"
            f"itself, and SES removes them before it delivers:\n{headers}\n\n"
            f"{CREDENTIALS.format(region=self.region)}"
        )


def _listed(ports: tuple[int, ...]) -> str:
    first, *others = ports
    return f"{first} (or {', '.join(str(port) for port in others)})"


CREDENTIALS: Final = """\
How to make the credentials: in the AWS console of {region}, Amazon SES, "SMTP settings", "Create
SMTP credentials". AWS shows the password once; put it into the delivery provider at once, and into
no ticket, mail or file. Make a pair for each account, so that one can be taken back without the
others.
"""

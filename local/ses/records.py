"""What this server knows: identities, searches, configuration sets, tenants. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.ses.verification import Progress, Which

DOMAIN = "DOMAIN"
EMAIL_ADDRESS = "EMAIL_ADDRESS"

EASY_DKIM = "AWS_SES"
OWN_DKIM = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class Identity:
    """A domain or an address that mail may come from.

    `generation` counts the rotations of the Easy DKIM tokens; `selector` and `public_key` (base64
    DER) are the owner's own where `origin` is EXTERNAL.
    """

    name: str
    kind: str
    created_at: datetime
    verified: bool = False
    signing_enabled: bool = True
    origin: str = EASY_DKIM
    selector: str | None = None
    public_key: str | None = None
    key_length: str = "RSA_2048_BIT"
    generation: int = 0
    feedback_forwarding: bool = True
    configuration_set: str | None = None
    mail_from_domain: str | None = None
    mx_behavior: str = "USE_DEFAULT_VALUE"


@dataclass(frozen=True, slots=True)
class Search:
    """One verification of one identity; `epoch` tells a restarted one from its predecessor."""

    identity: str
    which: Which
    epoch: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class ConfigurationSet:
    """A configuration set; `options` are the members of CreateConfigurationSet, as JSON."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant, which isolates one customer's reputation from another's."""

    name: str
    id: str
    created_at: datetime
    suppression: Mapping[str, Any] | None = None

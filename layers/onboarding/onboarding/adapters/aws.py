"""SDK clients, built the lean way: botocore itself, without the resource layer of boto3.

A function's start is mostly the SDK's; see ``make bench-start`` and the decision on it.
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session

_session: Session | None = None

CONTROL = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
)
"""For calls that are safe to repeat."""

PATIENT = Config(
    connect_timeout=3,
    read_timeout=10,
    # SES allows one control request a second to the whole account and region. Standard mode backs
    # off with full jitter up to 20 s, so eight attempts outlast a burst of onboardings.
    retries={"mode": "standard", "total_max_attempts": 8},
)
"""For SES's control plane."""

ONCE = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 1},
)
"""For effects that must not happen twice: SendEmail knows no client token."""


SIGNED_V4 = CONTROL.merge(Config(signature_version="s3v4"))
"""For addresses of files that are handed out: the older signature is not taken everywhere."""

UNCHECKED = CONTROL.merge(Config(parameter_validation=False))
"""For many small items whose shape is made in one place; the service checks them all the same."""


def client(service: str, config: Config = CONTROL) -> Any:
    """A client for ``service``; region, credentials and endpoints come from the environment."""
    global _session  # noqa: PLW0603 - one loader and one credential chain for all clients
    _session = _session or Session()
    return _session.create_client(service, config=config)


def error_code(error: BaseException) -> str:
    """The service's own code of a ``ClientError``, else an empty text."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))

"""Host names of SES that depend on the region.

Source: "Amazon Simple Email Service endpoints and quotas", AWS General Reference.
"""

from typing import Final

_SHARED_DKIM_ZONE: Final = frozenset(
    {"us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-west-1"}
    | {"ca-central-1", "sa-east-1", "me-south-1"}
    | {"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"}
    | {"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"}
)


def signing_hosted_zone(region: str) -> str:
    """The zone that Easy DKIM's CNAME records point into."""
    return "dkim.amazonses.com" if region in _SHARED_DKIM_ZONE else f"dkim.{region}.amazonses.com"


def feedback_host(region: str) -> str:
    """The one MX of a custom MAIL FROM domain, at preference 10."""
    return f"feedback-smtp.{region}.amazonses.com"


def mail_domain(region: str) -> str:
    """The domain of Message-ID, and of MAIL FROM where no custom one is in use."""
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"

"""The DNS, looked at over the network."""

from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.observer import NetworkDns, Wanted

__all__ = ["DnsConfig", "NetworkDns", "Wanted"]

"""A DNS server for loopback that plays the whole DNS tree and takes RFC 2136 updates.

`python -m local.dns` runs it, `local.dns.client` talks to it. It is meant for tests and
demonstrations only: it believes every update, so it must never listen beyond loopback.
"""

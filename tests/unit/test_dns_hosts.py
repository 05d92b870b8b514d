"""Recognising DNS hosts, and what is said there."""

import pytest

from onboarding.domain.dns_hosts import cure_at, known_hosts, recognise, target_at
from onboarding.domain.problems import ProblemCode

KEY = "t._domainkey.example.com"


@pytest.mark.parametrize(
    ("servers", "slug"),
    [
        (["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"], "cloudflare"),
        (["NS-1.awsdns-02.org.", "ns-2.awsdns-03.co.uk"], "route53"),
        (["ns01.domaincontrol.com"], "godaddy"),
        (["ns1045.ui-dns.biz"], "ionos"),
        (["ns1-07.azure-dns.com", "ns2-07.azure-dns.net"], "azure"),
        (["ns1.example.net"], None),
        ([], None),
    ],
)
def test_a_host_is_known_by_its_name_servers(servers: list[str], slug: str | None) -> None:
    assert recognise(servers).slug == slug


def test_the_evidence_names_the_servers() -> None:
    seen = recognise(["ns1.digitalocean.com", "ns1.example.net"])
    assert (seen.slug, seen.evidence) == ("digitalocean", "name servers ns1.digitalocean.com")


def test_servers_that_two_hosts_share_are_ambiguous() -> None:
    seen = recognise(["ns-cloud-a1.googledomains.com"])
    assert seen.slug is None
    assert seen.evidence == (
        "ambiguous: name servers ns-cloud-a1.googledomains.com belong to Squarespace or "
        "Google Cloud DNS"
    )


def test_servers_of_two_hosts_are_ambiguous() -> None:
    seen = recognise(["ada.ns.cloudflare.com", "ns1.gandi.net"])
    assert seen.slug is None
    assert seen.evidence == (
        "ambiguous: name servers of several hosts, ada.ns.cloudflare.com (Cloudflare) and "
        "ns1.gandi.net (Gandi)"
    )


@pytest.mark.parametrize(
    ("server", "code", "said"),
    [
        (
            "ns01.domaincontrol.com",
            ProblemCode.DOUBLED_ZONE,
            "At GoDaddy, type t._domainkey.news in the field “Name”: "
            "example.com is added by itself.",
        ),
        (
            "x.ns.cloudflare.com",
            ProblemCode.CNAME_FLATTENED,
            "At Cloudflare, edit the record, set its proxy status to “DNS only” (the grey cloud), "
            "and see that CNAME flattening is not switched on for all records.",
        ),
        ("ns1.example.net", ProblemCode.MISSING, ""),
        ("x.ns.cloudflare.com", ProblemCode.EXTRA_MX, ""),
    ],
)
def test_a_cure_is_told_in_the_hosts_terms(server: str, code: ProblemCode, said: str) -> None:
    name = "t._domainkey.news.example.com"
    assert cure_at(recognise([server]), code, name, "CNAME", "example.com") == said


@pytest.mark.parametrize(
    ("server", "typed", "dot"),
    [
        ("dns1.registrar-servers.com", "“t.dkim.amazonses.com”", "does not accept"),
        ("ns01.domaincontrol.com", "“t.dkim.amazonses.com”", "takes away again"),
        ("ns-1-a.gandi.net", "“t.dkim.amazonses.com.”", "with the dot at its end"),
    ],
)
def test_a_target_is_typed_as_the_host_takes_it_and_nothing_contradicts_that(
    server: str, typed: str, dot: str
) -> None:
    host = recognise([server])
    said = target_at(host, "t.dkim.amazonses.com")
    assert typed in said
    assert dot in said
    assert cure_at(host, ProblemCode.TARGET_DOUBLED_ZONE, KEY, "CNAME", "example.com") == ""
    assert "“10 " not in target_at(host, "10 feedback-smtp.eu-west-1.amazonses.com")


def test_where_nothing_is_known_of_targets_nothing_is_said() -> None:
    assert target_at(recognise(["ns1.example.net"]), "t.dkim.amazonses.com") == ""


def test_route_53_is_told_of_its_quotes_where_a_text_is_typed() -> None:
    host = recognise(["ns-1.awsdns-02.org"])
    wants = (
        'Amazon Route 53 wants one plain double quote (") before the value and one after it: it '
        "takes these two away again."
    )
    assert cure_at(host, ProblemCode.WRONG_VALUE, "_dmarc.a.test", "TXT", "a.test") == wants
    assert cure_at(host, ProblemCode.MISSING, "_dmarc.a.test", "TXT", "a.test").endswith(wants)
    assert cure_at(host, ProblemCode.WRONG_VALUE, "b.a.test", "MX", "a.test") == ""


def test_a_host_of_which_nothing_more_is_known_adds_nothing() -> None:
    host = recognise(["ns1.ultradns.net"])
    assert cure_at(host, ProblemCode.MISSING, "_dmarc.a.test", "TXT", "a.test") == ""


def test_at_least_twenty_hosts_are_known_and_each_cure_is_a_whole_sentence() -> None:
    assert len(known_hosts()) >= 20
    for host in known_hosts():
        assert host.nameservers
        assert {*host.cures} <= {*map(str, ProblemCode)}
        assert all(cure[0].isupper() and cure.endswith(".") for cure in host.cures.values())
        assert host.typed in ("", "relative", "full", "dot")
        assert host.target_dot in ("", "refused", "stripped", "needed")

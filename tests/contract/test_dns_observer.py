"""What every DnsObserver sees: the same suite over dictionaries and over real name servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import Report, diagnose
from onboarding.domain.dmarc import Policy
from onboarding.domain.observation import Failure, NoSuchZone, Zone
from onboarding.domain.problems import ProblemCode, WarningCode
from onboarding.domain.standing import methods_of
from onboarding.ports import DnsObserver
from tests.support import dns_warnings
from tests.support.dns_scenarios import (
    BEHIND_A_WILDCARD,
    CONTENT,
    MX_HOST,
    ONE_MISTAKE,
    Entry,
    domain_of,
    expected_of,
    right,
)
from tests.support.dns_servers import KNOTD, NSD, World, world
from xes.report_text import as_text

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
INHERITS_NONE = frozenset({"news.watching.test"})
OUTAGES = {"silent.test": Failure.TIMEOUT, "nobody.test": Failure.UNREACHABLE}
LAME = {"lame.test": {"ns1.test": right("lame.test")}}
DELEGATING: dict[str, dict[str, list[Entry]]] = {
    "parent.test": {
        "ns1.test": [
            *(e for e in right("parent.test") if not e[0].startswith("bounce.")),
            ("bounce.parent.test", "NS", "ns2.test"),
        ]
    },
    "bounce.parent.test": {
        "ns2.test": [e for e in right("parent.test") if e[0].startswith("bounce.")]
    },
    "hosted.test": {
        "ns1.test": [
            *(e for e in right("hosted.test") if not e[0].startswith("_dmarc.")),
            ("_dmarc.hosted.test", "CNAME", "_dmarc.right.test"),
        ]
    },
}


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not (NSD.exists() and KNOTD.exists()):
        pytest.skip("needs the Debian packages nsd and knot")
    content = {**CONTENT, **dns_warnings.CONTENT, **LAME, **DELEGATING}
    # The parent zone at ns2 makes it answer with a referral for lame.test, which names it.
    with world(tmp_path_factory.mktemp("dns"), content, [("lame.test", "NS", "ns2.test")]) as up:
        yield up


@pytest.fixture
def network(servers: World) -> NetworkDns:
    config = DnsConfig(resolver=servers.resolver, port=servers.port, tries=(0.3, 0.3))
    return NetworkDns(config)


def memory() -> MemoryDns:
    return MemoryDns({cut: MemoryZone(at, OUTAGES) for cut, at in CONTENT.items()})


@pytest.fixture(params=["memory", "network"])
def observer(request: pytest.FixtureRequest) -> DnsObserver:
    if request.param == "memory":
        return memory()
    found: NetworkDns = request.getfixturevalue("network")
    return found


def report(observer: DnsObserver, domain: str) -> Report:
    expected = expected_of(domain)
    if domain in INHERITS_NONE:
        expected = (*expected[:5], replace(expected[5], value="v=DMARC1; p=none"))
    return diagnose(domain, expected, observer.observe(domain, expected), NOW)


def codes(report: Report) -> list[list[str]]:
    return [[str(problem.code) for problem in record.problems] for record in report.records]


def zone_codes(report: Report) -> list[str]:
    return [str(problem.code) for problem in report.zone.problems]


@pytest.mark.parametrize("domain", ["right.test", "same-job.test"])
def test_a_domain_with_every_record_on_every_server_is_ready(
    observer: DnsObserver, domain: str
) -> None:
    seen = report(observer, domain)
    assert (seen.verdict, zone_codes(seen), codes(seen)) == ("ready", [], [[]] * 6)
    assert seen.zone.cut == domain
    assert seen.zone.nameservers == ("ns1.test", "ns2.test")


@pytest.mark.parametrize(
    ("domain", "status", "code"),
    [
        ("doubled.test", "wrong", "doubled_zone"),
        ("absent.test", "missing", "missing"),
        ("wildcard.test", "missing", "wildcard_answer"),
        ("wildcard-alias.test", "missing", "wildcard_answer"),
        ("disagree.test", "propagating", "nameservers_disagree"),
    ],
)
def test_every_record_is_diagnosed_with_exactly_the_mistake_that_was_made(
    observer: DnsObserver, domain: str, status: str, code: str
) -> None:
    seen = report(observer, domain)
    assert seen.verdict == ("wrong" if status == "wrong" else "waiting")
    assert [record.status for record in seen.records] == [status] * 6
    assert codes(seen) == [[code]] * 6
    assert zone_codes(seen) == []


@pytest.mark.parametrize("code", ONE_MISTAKE)
def test_one_mistake_is_called_by_its_code_and_nothing_else_is(
    observer: DnsObserver, code: str
) -> None:
    seen = report(observer, domain_of(code))
    assert [found for record in codes(seen) for found in record] == [code]
    assert zone_codes(seen) == []
    assert seen.verdict == ("waiting" if code in ("missing", "wildcard_answer") else "wrong")


@pytest.mark.parametrize("domain", BEHIND_A_WILDCARD)
def test_a_wildcard_hides_no_mistake_and_is_blamed_only_where_nothing_explains_more(
    observer: DnsObserver, domain: str
) -> None:
    seen = report(observer, domain)
    named = [[str(problem.code) for problem in record.problems] for record in seen.records]
    assert named == [[code] if code else [] for code in BEHIND_A_WILDCARD[domain][1]]
    assert zone_codes(seen) == []


def test_every_record_code_has_a_zone_in_which_it_was_made() -> None:
    of_the_zone = {"lame_nameserver", "dnssec_bogus", "domain_not_delegated", "dns_unavailable"}
    assert {*ONE_MISTAKE} == {*map(str, ProblemCode)} - of_the_zone - {"nameservers_disagree"}


def test_values_and_types_that_hide_nothing_more_are_just_wrong(observer: DnsObserver) -> None:
    assert codes(report(observer, "wrong-type.test"))[:3] == [["wrong_type"]] * 3
    assert codes(report(observer, "wrong-value.test"))[:4] == [["wrong_value"]] * 4
    assert codes(report(observer, "flattened.test"))[0] == ["cname_flattened"]


def test_a_mail_server_in_a_text_is_an_mx_of_the_wrong_type(observer: DnsObserver) -> None:
    seen = report(observer, "mx-as-text.test")
    assert codes(seen) == [[], [], [], ["wrong_type"], [], []]
    [problem] = seen.records[3].problems
    assert f"10 {MX_HOST}." in problem.message
    assert problem.fix.startswith("Delete that text entry (TXT record). Then add an MX record")


def test_an_include_by_way_of_another_does_the_job(observer: DnsObserver) -> None:
    assert report(observer, "nested.test").verdict == "ready"


def test_a_policy_further_up_covers_the_subdomain_and_the_report_says_where(
    observer: DnsObserver,
) -> None:
    seen = report(observer, "news.covering.test")
    assert seen.verdict == "ready"
    assert seen.records[5].found == (
        "v=DMARC1; p=none; sp=reject; rua=mailto:a@covering.test (at _dmarc.covering.test)",
    )


def test_a_policy_further_up_has_its_warnings_and_people_see_it(observer: DnsObserver) -> None:
    seen = report(observer, "news.watching.test")
    assert seen.records[5].status == "found"
    assert [w.message.partition(": ")[0] for w in seen.warnings if "dmarc" in w.code] == [
        "The DMARC record at _dmarc.watching.test only watches (sp=none)",
        "The DMARC record at _dmarc.watching.test asks for no reports, so you do not learn who "
        "sends in your name. Add rua=mailto",
    ]
    with (console := Console(width=200)).capture() as shown:
        console.print(as_text(seen))
    assert "covered by  v=DMARC1; p=reject; sp=none (at _dmarc.watching.test)" in shown.get()
    policy = methods_of(seen.domain, expected_of(seen.domain), seen).policy
    assert policy is not None
    assert policy.policy == Policy.NONE


def test_keys_published_without_the_subdomain_are_in_the_wrong_place(
    observer: DnsObserver,
) -> None:
    seen = report(observer, "news.without-subdomain.test")
    assert codes(seen) == [["wrong_place"]] * 3 + [["missing"]] * 3
    assert seen.records[0].problems[0].found == "aaa._domainkey.without-subdomain.test"


def test_a_working_record_of_another_domain_is_left_alone(observer: DnsObserver) -> None:
    seen = report(observer, "news.siblings.test")
    assert codes(seen)[3:5] == [["missing"]] * 2
    assert seen.verdict == "wrong"  # the keys are unlike any other domain's
    mx, spf = (record.problems[0] for record in seen.records[3:5])
    assert mx.message == (
        "There is no mail server entry (MX record) at bounce.news.siblings.test yet. The one at "
        "bounce.siblings.test is for other e-mail: leave it as it is."
    )
    assert "The one at news.siblings.test is for other e-mail" in spf.message
    assert "Edit" not in mx.fix + spf.fix


@pytest.mark.parametrize("code", dns_warnings.WARNED)
def test_what_could_be_better_is_a_warning_and_the_domain_ready(
    network: NetworkDns, code: WarningCode
) -> None:
    seen = audit(network, dns_warnings.domain_of(code))
    assert (seen.verdict, [warning.code for warning in seen.warnings]) == ("ready", [code])
    assert seen.warnings[0].message.endswith(".")


def test_a_domain_where_nothing_could_be_better_has_no_warning(network: NetworkDns) -> None:
    seen = audit(network, dns_warnings.UNWARNED)
    assert (seen.verdict, seen.warnings) == ("ready", ())


def test_every_warning_has_a_zone() -> None:
    assert {*dns_warnings.WARNED} == {*WarningCode}


def audit(network: NetworkDns, domain: str) -> Report:
    expected = dns_warnings.audited(domain)
    return diagnose(domain, expected, network.observe(domain, expected), NOW)


def test_a_zone_put_behind_targets_is_told_from_another_wrong_value(observer: DnsObserver) -> None:
    seen = report(observer, "target-doubled.test")
    assert seen.verdict == "wrong"
    assert codes(seen) == [["target_doubled_zone"]] * 4 + [[], []]
    assert seen.records[0].found == ("aaa.dkim.amazonses.com.target-doubled.test",)


@pytest.mark.parametrize(
    ("domain", "server"), [("one-silent.test", "silent.test"), ("one-gone.test", "nobody.test")]
)
def test_a_server_that_does_not_answer_is_reported_and_blocks_nothing(
    observer: DnsObserver, domain: str, server: str
) -> None:
    seen = report(observer, domain)
    assert (seen.verdict, zone_codes(seen)) == ("ready", ["lame_nameserver"])
    assert seen.zone.problems[0].found.startswith(f"{server}: ")


def test_a_domain_whose_servers_are_all_silent_is_unknown(observer: DnsObserver) -> None:
    seen = report(observer, "all-silent.test")
    assert (seen.verdict, zone_codes(seen)) == ("unknown", ["dns_unavailable"])
    assert codes(seen) == [[]] * 6


def test_a_domain_that_nobody_runs_is_not_delegated(observer: DnsObserver) -> None:
    expected = expected_of("nobody-has.test")
    observed = observer.observe("nobody-has.test", expected)
    assert observed.zone == NoSuchZone("test")
    seen = diagnose("nobody-has.test", expected, observed, NOW)
    assert (seen.verdict, zone_codes(seen)) == ("waiting", ["domain_not_delegated"])


def test_the_cut_of_a_subdomain_is_its_zones_apex(observer: DnsObserver) -> None:
    seen = report(observer, "news.absent.test")
    assert (seen.zone.cut, seen.verdict) == ("absent.test", "waiting")


def test_a_server_that_does_not_know_its_zone_is_lame(network: NetworkDns) -> None:
    expected = expected_of("lame.test")
    observed = network.observe("lame.test", expected)
    assert {lo.outcome for lo in observed.lookups if lo.server == "ns2.test"} <= {
        Failure.NOT_AUTHORITATIVE
    }
    assert diagnose("lame.test", expected, observed, NOW).verdict == "ready"


def test_records_in_a_zone_delegated_further_down_are_found_there(network: NetworkDns) -> None:
    seen = report(network, "parent.test")
    assert (seen.verdict, zone_codes(seen)) == ("ready", [])


def test_a_dmarc_record_behind_an_alias_out_of_the_zone_is_found(network: NetworkDns) -> None:
    assert report(network, "hosted.test").verdict == "ready"


def test_a_weak_policy_behind_an_alias_names_the_alias(observer: DnsObserver) -> None:
    (problem,) = report(observer, "weakly-hosted.test").records[5].problems
    assert problem.code == "wrong_value"
    assert "alias (CNAME record) for policy.spf.test, is" in problem.message


def test_servers_named_by_hand_are_asked_in_place_of_the_zones_own(servers: World) -> None:
    config = DnsConfig(servers.resolver, nameservers=(("127.0.0.3", servers.port),), tries=(0.3,))
    observed = NetworkDns(config).observe("disagree.test", expected_of("disagree.test"))
    assert isinstance(observed.zone, Zone)
    assert [server.name for server in observed.zone.servers] == [f"127.0.0.3:{servers.port}"]
    seen = diagnose("disagree.test", expected_of("disagree.test"), observed, NOW)
    assert [record.status for record in seen.records] == ["missing"] * 6


def test_what_lies_outside_of_the_zone_is_asked_of_a_resolver_beside_named_servers(
    servers: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "onboarding.adapters.dns.config.system_resolvers", lambda: (servers.resolver,)
    )
    config = DnsConfig(nameservers=(("127.0.0.2", servers.port),), tries=(0.3,))
    assert report(NetworkDns(config), "hosted.test").records[5].status == "found"


def test_a_resolver_that_is_gone_leaves_the_domain_unknown(servers: World) -> None:
    config = DnsConfig(resolver=("127.0.0.5", servers.port), port=servers.port)
    assert report(NetworkDns(config), "right.test").verdict == "unknown"

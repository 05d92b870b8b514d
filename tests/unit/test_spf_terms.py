"""What makes receivers give an SPF record up is told by what stands in that record."""

import pytest

from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import diagnose
from onboarding.domain.problems import Problem
from onboarding.domain.records import Purpose, Record
from tests.support.values import NOW

NAME = "bounce.example.com"
OURS = "v=spf1 include:amazonses.com ~all"
MANY = " ".join(f"a:h{number}.example.com" for number in range(10))


def judged(text: str, **others: str) -> Problem:
    """The one problem of ``text``; what ``others`` names is the SPF record at that label."""
    entries = [(NAME, "TXT", text), *((f"{n}.example.com", "TXT", t) for n, t in others.items())]
    entries += [(f"h{number}.example.com", "A", "192.0.2.1") for number in range(10)]
    dns = MemoryDns({"example.com": MemoryZone({"ns1.example.net": entries})})
    wanted = (Record(Purpose.MAIL_FROM_SPF, "TXT", NAME, OURS),)
    (problem,) = (
        diagnose("example.com", wanted, dns.observe("example.com", wanted), NOW).records[0].problems
    )
    return problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v=spf1 include:amazonses.com ip4:1.2.3 ~all", "they stumble over “ip4:1.2.3”."),
        (
            "v=spf1 include:amazonses.com include:other.example.com ~all",
            "they stumble over “ip4:1.2.3” in what “include:other.example.com” leads to.",
        ),
    ],
)
def test_a_fault_in_somebody_elses_record_is_said_to_be_there(text: str, said: str) -> None:
    problem = judged(text, other="v=spf1 ip4:1.2.3 -all")
    assert problem.code == "spf_syntax"
    assert said in problem.message
    ours = "in what" in said
    assert ("or take out “include:other.example.com”" in problem.fix) is ours
    assert ("or correct only that part." in problem.fix) is not ours


def test_a_question_too_many_is_said_to_be_behind_an_include() -> None:
    text = "v=spf1 include:amazonses.com include:other.example.com ~all"
    problem = judged(text, other=f"v=spf1 {MANY} ~all")
    assert problem.code == "spf_too_many_lookups"
    assert "in what “include:other.example.com” leads to." in problem.message

"""The sentences that owners read."""

import pytest

from onboarding.domain import problems, sentences
from onboarding.domain.judgement import Judgement
from onboarding.domain.observation import Failure
from onboarding.domain.problems import Problem, ProblemCode
from onboarding.domain.records import Purpose, Record

DKIM = Record(Purpose.DKIM, "CNAME", "t._domainkey.news.example.com", "t.dkim.amazonses.com")
CUT = "example.com"
OF_SERVERS = [failure for failure in Failure if failure is not Failure.NOT_ASKED]


def test_a_doubled_zone_is_explained_with_the_name_to_type() -> None:
    doubled = "t._domainkey.news.example.com.example.com"
    assert problems.doubled_zone(DKIM, doubled, CUT) == Problem(
        ProblemCode.DOUBLED_ZONE,
        doubled,
        "The alias (CNAME record) should be at t._domainkey.news.example.com, but it is at "
        "t._domainkey.news.example.com.example.com. Your DNS host adds .example.com to every "
        "name by itself, so that part is there twice.",
        "Edit the record and type t._domainkey.news as its name, without example.com at the end.",
    )


def test_a_missing_record_is_told_with_name_zone_and_value() -> None:
    problem = problems.missing(DKIM, CUT)
    assert problem.message == (
        "There is no alias (CNAME record) at t._domainkey.news.example.com yet."
    )
    assert problem.fix == (
        "Add a CNAME record with the value t.dkim.amazonses.com, named t._domainkey.news in "
        "example.com (in full t._domainkey.news.example.com). If you have just added it, allow an "
        "hour for it to show."
    )


def test_servers_that_disagree_are_named_on_either_side() -> None:
    problem = problems.nameservers_disagree(DKIM, ["ns1.x", "ns2.x"], ["ns3.x"])
    assert problem.found == "on ns1.x and ns2.x, not on ns3.x"
    assert problem.message == (
        "The name servers, which answer for your domain, do not agree yet. ns1.x and ns2.x have "
        "the alias (CNAME record) at t._domainkey.news.example.com, but ns3.x does not have it as "
        "it should be."
    )


ALL_PROBLEMS = [
    problems.missing(DKIM, CUT),
    problems.wrong_value(DKIM, ["a.example", "b.example"]),
    problems.wrong_type(DKIM, ["TXT t.dkim.amazonses.com"]),
    problems.doubled_zone(DKIM, f"{DKIM.name}.{CUT}", CUT),
    problems.target_doubled_zone(DKIM, [f"{DKIM.value}.{CUT}"]),
    problems.nameservers_disagree(DKIM, ["ns1.x"], ["ns2.x"]),
    problems.domain_not_delegated("exmaple.com", "com"),
    problems.dns_unavailable([CUT], [Failure.TIMEOUT]),
    *(problems.lame_nameserver("ns1.x", CUT, failure) for failure in OF_SERVERS),
    sentences.misplaced(ProblemCode.UNDERSCORE_LOST, DKIM, "t.domainkey.news.example.com", CUT),
    sentences.misplaced(ProblemCode.WRONG_PLACE, DKIM, "t._domainkey.example.com", CUT),
    sentences.cname_flattened(DKIM, ["A 192.0.2.1"]),
    sentences.wildcard_answer(DKIM, ["CNAME www.example.com"], CUT),
    sentences.dnssec_bogus("exmaple.com", CUT),
    *(
        sentences.at_the_name(DKIM, Judgement(code, ("one", "two"), "three"))
        for code in sentences.AT_THE_NAME
    ),
]


def test_every_code_has_its_sentences() -> None:
    assert {problem.code for problem in ALL_PROBLEMS} == {*ProblemCode}


def test_a_record_in_the_wrong_place_is_told_what_to_call_it() -> None:
    found = sentences.misplaced(ProblemCode.UNDERSCORE_LOST, DKIM, "t.domainkey.x", CUT)
    assert found.fix == (
        "Edit the record and type t._domainkey.news as its name, with the underscore (_)."
    )


def test_a_space_at_an_end_is_made_visible() -> None:
    wanted = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", "v=DMARC1; p=none")
    judgement = Judgement(ProblemCode.INVISIBLE_CHARACTERS, (" v=DMARC1; p=none ",))
    shown = sentences.at_the_name(wanted, judgement)
    assert shown.message.endswith(r"“\x20v=DMARC1; p=none\x20”.")


def test_only_a_lost_underscore_is_asked_back() -> None:
    found = sentences.misplaced(ProblemCode.WRONG_PLACE, DKIM, "t._domainkey.x", CUT)
    assert found.fix == "Edit the record and type t._domainkey.news as its name, exactly so."


def test_a_weak_policy_keeps_all_else_that_the_owner_has_put_into_it() -> None:
    wanted = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", "v=DMARC1; p=quarantine")
    mine = "v=DMARC1; p=none; rua=mailto:a@example.com; fo=1"
    weak = sentences.at_the_name(wanted, Judgement(ProblemCode.WRONG_VALUE, (mine,)))
    assert weak.message == (
        f"The DMARC record at _dmarc.example.com is “{mine}”, which is weaker than "
        "“v=DMARC1; p=quarantine”."
    )
    assert weak.fix == (
        "Change its value to exactly “v=DMARC1; p=quarantine; rua=mailto:a@example.com; fo=1” "
        "(without the quotation marks) and save it. That keeps all else that it says."
    )


def test_a_weak_policy_behind_an_alias_is_changed_where_the_alias_leads() -> None:
    wanted = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", "v=DMARC1; p=quarantine")
    judgement = Judgement(ProblemCode.WRONG_VALUE, ("v=DMARC1; p=none",), "d.service.example")
    weak = sentences.at_the_name(wanted, judgement)
    assert ", which is an alias (CNAME record) for d.service.example, is “" in weak.message
    assert weak.fix.startswith("Leave the alias as it is. Ask who looks after d.service.example ")


@pytest.mark.parametrize("problem", ALL_PROBLEMS, ids=lambda problem: str(problem.code))
def test_every_message_and_cure_is_one_or_two_whole_sentences(problem: Problem) -> None:
    for text in (problem.message, problem.fix):
        assert text[0].isupper() or text.startswith(("ns", "t._", "exm"))
        assert text.endswith(".")
        assert text.count(". ") <= 2
        assert "  " not in text


def test_text_from_the_network_is_made_visible_and_cut() -> None:
    assert problems.visible("a\x1b[31mb\u200bc\n") == r"a\x1b[31mb\u200bc\n"
    assert problems.visible("é") == "é"
    assert len(problems.visible("x" * 10_000)) == 256

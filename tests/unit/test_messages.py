"""All that customers read, as a reader who never heard of the DNS needs it: each sentence is made
by the decision itself, from realistic values and from hostile ones."""

import re
from collections.abc import Callable, Sequence

import messages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import DOMAIN, EXPECTED, SERVERS, ZONE

from onboarding.domain import problems, sentences
from onboarding.domain.judgement import Judgement
from onboarding.domain.observation import Failure
from onboarding.domain.problems import Problem, ProblemCode, WarningCode
from onboarding.domain.records import Record
from tests.unit.test_problems import ALL_PROBLEMS, OF_SERVERS

PROBLEMS, WARNINGS = messages.problems(), messages.warnings()
HOSTS = list(messages.host_cures())
TEXTS = [
    *((f"{code} message", example.problem.message) for code, example in PROBLEMS.items()),
    *((f"{code} fix", example.problem.fix) for code, example in PROBLEMS.items()),
    *((str(code), warning.message) for code, warning in WARNINGS.items()),
    *((f"{host.slug} {codes[0]}", text) for host, text, codes in HOSTS),
    *((f"{problem.code} made by hand", problem.message) for problem in ALL_PROBLEMS),
    *((f"{problem.code} made by hand", problem.fix) for problem in ALL_PROBLEMS),
]
every_text = pytest.mark.parametrize("text", [t for _, t in TEXTS], ids=[name for name, _ in TEXTS])

IMPERATIVES = {"Add", "Ask", "Change", "Check", "Delete", "Edit", "Keep", "Set", "Switch", "Type"}
IMPERATIVES |= {"Wait"}
JARGON = re.compile(
    r"\b(zones?|resolvers?|authoritative|delegat\w*|lookups?|rcode|NXDOMAIN|SERVFAIL|RR|apex|record"
    r" set|TTL|DNSSEC|DS|CNAME|MX|TXT|DKIM|receivers?|onboarding)\b"
)
"""What a reader may not know; in brackets, behind a plain word for it, it helps those who do."""
NAMES = (*SERVERS, ZONE, DOMAIN, "ns1.x", "exmaple.com", "deSEC")
"""With what a sentence may begin in lower case."""
MOST_WORDS = 40
"""In a sentence, values and names included."""


def bare(text: str) -> str:
    """The sentence without brackets, and with a letter for each quoted value."""
    return re.sub(r" \([^()]*\)", "", re.sub(r"“[^”]*”|\"[^\"]*\"", "X", text))


def test_every_code_and_warning_has_an_example() -> None:
    assert set(PROBLEMS) == {*ProblemCode}
    assert set(WARNINGS) == {*WarningCode}
    assert all(example.problem.code is code for code, example in PROBLEMS.items())


@every_text
def test_a_text_is_whole_sentences(text: str) -> None:
    assert text[-1] == "."
    assert text[0].isupper() or text.startswith(NAMES)
    assert "  " not in text
    assert not re.search(r"[.,;:!?] ?[.,;:!?]| [.,;:!?] |None|[{}]", bare(text))
    assert text.count("(") == text.count(")")
    assert text.count("“") == text.count("”")
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", text):
        assert len(sentence.split()) <= MOST_WORDS


@pytest.mark.parametrize("code", ProblemCode)
def test_a_message_is_short_plain_and_says_what_it_is_about(code: ProblemCode) -> None:
    example = PROBLEMS[code]
    message = example.problem.message
    assert len(message) <= 310
    assert JARGON.findall(bare(message)) == []
    subjects = [example.record.name] if example.record else [ZONE, DOMAIN, EXPECTED[0].name]
    assert any(subject in message for subject in subjects)


@pytest.mark.parametrize("code", ProblemCode)
def test_a_fix_begins_with_what_to_do_and_names_what_to_type(code: ProblemCode) -> None:
    example = PROBLEMS[code]
    assert example.problem.fix.split()[0] in IMPERATIVES
    if example.record is not None and code is not ProblemCode.NAMESERVERS_DISAGREE:
        host = example.record.value.removeprefix("10 ")
        names = (example.record.name, example.record.name.removesuffix(f".{ZONE}"), host)
        assert any(name in example.problem.fix for name in names)


@pytest.mark.parametrize("problem", ALL_PROBLEMS, ids=lambda problem: str(problem.code))
def test_every_fix_begins_with_what_to_do(problem: Problem) -> None:
    assert problem.fix.split()[0] in IMPERATIVES


@pytest.mark.parametrize("code", ProblemCode)
def test_a_value_to_be_typed_is_not_followed_by_a_full_stop(code: ProblemCode) -> None:
    record = PROBLEMS[code].record
    if record is not None and code is not ProblemCode.TARGET_DOUBLED_ZONE:
        assert f"{record.value}." not in PROBLEMS[code].problem.fix


@pytest.mark.parametrize("code", WarningCode)
def test_a_warning_is_short_and_names_what_it_is_about(code: WarningCode) -> None:
    message = WARNINGS[code].message
    assert len(message) <= 300
    assert ZONE in message
    assert re.search(r"\b(Add|Ask|Change|Make|Set) ", message)


def test_no_text_blames() -> None:
    blame = re.compile(r"\b(you (forgot|failed|have not|did not)|your (mistake|fault))\b")
    assert [text for _, text in TEXTS if blame.search(text)] == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (["a"], "it is “a”"),
        (["a", "b"], "there are 2: “a” and “b”"),
        (["a", "b", "c"], "there are 3: “a”, “b” and “c”"),
        (["a", "b", "c", "d", "e"], "there are 5: “a”, “b”, “c” and 2 more"),
    ],
)
def test_one_is_told_from_several(seen: list[str], said: str) -> None:
    problem = problems.wrong_value(EXPECTED[0], seen)
    assert problem.message.endswith(f", but {said}.")
    assert ("delete the rest" in problem.fix) == (len(seen) > 1)


@pytest.mark.parametrize(("count", "others"), [(2, "the other one"), (3, "the others")])
def test_what_is_to_be_deleted_is_told_by_its_number(count: int, others: str) -> None:
    seen = Judgement(ProblemCode.EXTRA_MX, tuple(f"{n} mail.example" for n in range(count)))
    assert sentences.at_the_name(EXPECTED[3], seen).fix.endswith(f", and delete {others}.")


def test_a_mail_servers_priority_stands_apart_as_in_the_forms_of_dns_hosts() -> None:
    fix = problems.missing(EXPECTED[3], ZONE).fix
    assert "an MX record with the value feedback-smtp.eu-west-1.amazonses.com (priority 10)" in fix


@pytest.mark.parametrize(
    ("domain", "registry", "bought"),
    [
        ("example.com", "com", "example.com"),
        ("a.news.example.com", "com", "example.com"),
        ("news.example.co.uk", "co.uk", "example.co.uk"),
        ("example.com", "", "example.com"),
    ],
)
def test_a_domain_that_does_not_exist_is_named_as_it_is_bought(
    domain: str, registry: str, bought: str
) -> None:
    problem = problems.domain_not_delegated(domain, registry)
    assert problem.message.startswith(f"{bought} does not exist")
    assert problem.fix.startswith(f"Check the spelling of {bought}.")
    assert domain in problem.message


MADE_OF_TEXTS: Sequence[Callable[[Record, list[str]], Problem]] = (
    problems.wrong_value,
    problems.wrong_type,
    problems.target_doubled_zone,
    lambda record, seen: problems.nameservers_disagree(record, seen, seen),
    lambda record, seen: problems.lame_nameserver(seen[0], ZONE, Failure.TIMEOUT),
    lambda record, seen: problems.dns_unavailable(seen, OF_SERVERS),
    lambda record, seen: problems.domain_not_delegated(DOMAIN, seen[0]),
    sentences.cname_flattened,
    lambda record, seen: sentences.wildcard_answer(record, seen, ZONE),
    lambda record, seen: sentences.dnssec_bogus(DOMAIN, seen[0]),
    *(
        lambda record, seen, code=code: sentences.at_the_name(
            record, Judgement(code, tuple(seen), seen[-1])
        )
        for code in sentences.AT_THE_NAME
    ),
)
hostile = st.lists(st.text(max_size=400), min_size=1, max_size=8)


@given(st.sampled_from(MADE_OF_TEXTS), st.sampled_from(EXPECTED), hostile)
def test_no_text_from_the_network_hides_in_a_sentence_or_makes_it_endless(
    make: Callable[[Record, list[str]], Problem], record: Record, seen: list[str]
) -> None:
    problem = make(record, seen)
    for text in (problem.message, problem.fix):
        assert text.isprintable()
        assert text.endswith(".")
        assert len(text) <= 1500


def test_the_page_is_current() -> None:
    assert messages.PAGE.read_text(encoding="utf-8") == messages.page(), "run `make messages`"

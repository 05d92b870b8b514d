"""How long the answers that domains share are kept."""

from onboarding.adapters.dns.memory import Memory
from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Question, ResourceRecord

ASKED = Question("ns1.example.net", "A")


def message(*ttls: int, rcode: int = 0) -> Message:
    records = tuple(ResourceRecord("ns1.example.net", "A", "192.0.2.1", ttl) for ttl in ttls)
    return Message(1, False, False, rcode, ASKED, records)


def test_an_answer_is_kept_for_its_shortest_ttl() -> None:
    memory = Memory()
    memory.keep(ASKED, message(300, 20), 100.0)
    assert memory.recall(ASKED, 119.9) == message(300, 20)
    assert memory.recall(ASKED, 120.0) is None


def test_no_answer_is_kept_longer_than_an_hour() -> None:
    memory = Memory()
    memory.keep(ASKED, message(86400), 0.0)
    assert memory.recall(ASKED, 3599.0) is not None
    assert memory.recall(ASKED, 3600.0) is None


def test_an_absence_is_kept_for_a_minute() -> None:
    memory = Memory()
    memory.keep(ASKED, message(rcode=3), 0.0)
    assert memory.recall(ASKED, 59.0) is not None
    assert memory.recall(ASKED, 60.0) is None


def test_an_answer_with_a_ttl_of_zero_is_not_used_again() -> None:
    memory = Memory()
    memory.keep(ASKED, message(0), 5.0)
    assert memory.recall(ASKED, 5.0) is None


def test_a_failure_is_not_kept() -> None:
    memory = Memory()
    memory.keep(ASKED, message(rcode=2), 0.0)
    assert memory.recall(ASKED, 0.0) is None


def test_only_the_newest_answers_are_kept() -> None:
    memory = Memory(most=2)
    questions = [Question(f"ns{n}.example.net", "A") for n in range(3)]
    for question in questions:
        memory.keep(question, message(60), 0.0)
    assert [memory.recall(question, 1.0) is not None for question in questions] == [
        False,
        True,
        True,
    ]

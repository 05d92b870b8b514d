"""Questions in rounds, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.dns.asking import Ask, Asking, Reply, ask, together
from onboarding.domain.observation import Failure, Question

SERVER = ("192.0.2.1", 53)


def question(of: int, round_: int, number: int) -> Ask:
    return Ask(SERVER, Question(f"{of}.{round_}.{number}", "TXT"))


def asking(of: int, rounds: Sequence[int]) -> Asking[list[str]]:
    """Asks as many questions in each round as `rounds` says, and keeps what comes back."""
    heard: list[str] = []
    for round_, count in enumerate(rounds):
        replies = yield from ask(*(question(of, round_, n) for n in range(count)))
        heard += [str(reply) for reply in replies]
    return heard


def driven(asking_: Asking[object]) -> tuple[object, list[list[str]]]:
    """The result, with the names asked in each round; each reply is the name of its question."""
    rounds: list[list[str]] = []
    replies: list[Reply] | None = None
    while True:
        try:
            asks = next(asking_) if replies is None else asking_.send(replies)
        except StopIteration as ended:
            return ended.value, rounds
        rounds.append([each.question.name for each in asks])
        replies = [each.question.name for each in asks]  # type: ignore[misc]


def test_a_round_without_questions_is_not_asked() -> None:
    assert driven(asking(1, [0, 2, 0])) == (["1.1.0", "1.1.1"], [["1.1.0", "1.1.1"]])


def test_the_rounds_of_several_askings_are_asked_together() -> None:
    result, rounds = driven(together(asking(1, [1, 1]), asking(2, []), asking(3, [2])))
    assert rounds == [["1.0.0", "3.0.0", "3.0.1"], ["1.1.0"]]
    assert result == (["1.0.0", "1.1.0"], [], ["3.0.0", "3.0.1"])


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=5))
def test_each_asking_hears_the_replies_to_its_own_questions(shapes: list[list[int]]) -> None:
    result, rounds = driven(together(*(asking(n, shape) for n, shape in enumerate(shapes))))
    alone = [driven(asking(n, shape)) for n, shape in enumerate(shapes)]
    assert result == tuple(heard for heard, _ in alone)
    assert len(rounds) == max((len(each) for _, each in alone), default=0)
    assert all(rounds)


def test_an_asking_may_end_with_a_failure_as_its_reply() -> None:
    def wary() -> Asking[bool]:
        (reply,) = yield [question(1, 0, 0)]
        return reply is Failure.TIMEOUT

    started = wary()
    next(started)
    try:
        started.send([Failure.TIMEOUT])
    except StopIteration as ended:
        assert ended.value is True

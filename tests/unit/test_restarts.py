"""A workflow that is lost at any step is taken up by another one, and nothing happens twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import execution_name
from onboarding.domain.request import OnboardingRequest, Ticket
from tests.support.machine import Killed
from tests.support.onboarding_machine import given, onboarding
from tests.support.values import a_request, a_request_with_mail_from
from tests.support.world import World

HOUR = timedelta(hours=1)


def plain() -> World:
    return begun(a_request())


def with_an_approval() -> World:
    world = begun(a_request())
    world.used_up()
    return world


def of_another_organisation() -> World:
    """The request holds nothing while it waits: only its own item is there to be found."""
    world = World()
    world.verified(a_request(account_id="globex"), "req_0")
    world.store.mark_started("req_0")
    world.mailer.sent.clear()
    return begun(a_request(), world)


def with_a_document() -> World:
    return begun(a_request_with_mail_from(document=None))


def begun(request: OnboardingRequest, world: World | None = None) -> World:
    world = world or World()
    world.accepted(request)
    world.workflows.start(world.store.requests["req_1"])
    world.store.mark_started("req_1")
    return world


Situation = Callable[[], World]
SITUATIONS = [plain, with_an_approval, of_another_organisation, with_a_document]


def outcome(world: World) -> dict[str, Any]:
    """What anybody outside could notice, apart from times and from the restart itself."""
    effects = world.effects()
    return {
        # An attempt to create what is there already is none.
        "calls": [call for call in effects["calls"] if call[0] != "create"],
        "identities": sorted(effects["identities"]),
        "mails": [(letter.kind, letter.key, letter.recipient) for letter in effects["mails"]],
        "comments": sorted(key for _, key in effects["comments"]),
        "state": world.domain().state,
        "outcome": world.store.requests["req_1"].outcome,
        "timeline": [what for what in world.happened() if what != "workflow_restarted"],
        "slots": effects["slots"],
    }


def run(world: World, kill_after: int | None = None) -> int:
    """How many tasks were done; ``Killed`` is what happened, not a fault."""
    machine = onboarding(world, kill_after)
    try:
        assert machine.execute(given(world))["end"] == "Verified"
    except Killed:
        world.workflows.ended.add(world.store.requests["req_1"].execution_name)
    return len(machine.tasks)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_workflow_lost_behind_any_step_is_taken_up_and_ends_as_if_it_had_lived(
    situation: Situation,
) -> None:
    undisturbed = situation()
    steps = run(undisturbed)
    expected = outcome(undisturbed)
    assert expected["outcome"] is State.VERIFIED
    for step in range(1, steps + 1):
        world = situation()
        run(world, kill_after=step)
        assert world.recover() == {"started": 0, "restarted": 0}, "too young to be judged"
        world.clock.advance(HOUR)
        still_open = "req_1" not in world.store.settled
        assert world.recover() == {"started": 0, "restarted": int(still_open)}
        if still_open:
            run(world)
        assert outcome(world) == expected, f"lost behind step {step}"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_workflow_that_is_lost_again_and_again_gets_there(situation: Situation) -> None:
    undisturbed = situation()
    steps = run(undisturbed)
    world = situation()
    for step in range(1, steps):
        run(world, kill_after=step)
        if "req_1" in world.store.settled:
            break  # what was approved before is not asked for again: the way has become shorter
        world.clock.advance(2 * HOUR)
        assert world.recover()["restarted"] == 1
    run(world)
    assert outcome(world) == outcome(undisturbed)
    names = world.workflows.started
    assert len(names) == len(set(names))


def test_a_workflow_that_runs_is_left_alone() -> None:
    world = plain()
    for _ in range(5):
        world.clock.advance(HOUR)
        assert world.recover() == {"started": 0, "restarted": 0}
    assert len(world.workflows.started) == 1


def test_one_that_never_came_to_be_is_started_though_its_start_was_noted() -> None:
    world = plain()
    world.workflows.started.clear()
    world.clock.advance(HOUR)
    assert world.recover()["restarted"] == 1


def test_a_restart_that_dies_before_its_start_is_started_by_the_next_run() -> None:
    world = plain()
    world.workflows.ended.add(world.store.requests["req_1"].execution_name)
    world.clock.advance(HOUR)
    world.workflows.failures = [TimeoutError()]
    with pytest.raises(ExceptionGroup):
        world.recover()
    world.clock.advance(HOUR)
    assert world.recover() == {"started": 1, "restarted": 0}
    assert world.workflows.started[-1].endswith("_1-1")


def test_two_that_recover_at_once_start_it_once() -> None:
    world = plain()
    world.workflows.ended.add(world.store.requests["req_1"].execution_name)
    world.clock.advance(HOUR)
    is_running = world.workflows.is_running

    def raced(stored: Any) -> bool | None:
        world.workflows.is_running = is_running  # type: ignore[method-assign]
        assert world.recover()["restarted"] == 1
        return False

    world.workflows.is_running = raced  # type: ignore[method-assign]
    assert world.recover()["restarted"] == 0
    assert len(world.workflows.started) == 2


def test_the_restart_stands_on_the_timeline() -> None:
    world = plain()
    run(world, kill_after=2)
    world.clock.advance(HOUR)
    world.recover()
    assert world.happened()[-1] == "workflow_restarted"


def test_a_restarted_execution_has_a_name_of_its_own_that_step_functions_takes() -> None:
    ticket = Ticket("standard", "4" * 64)
    names = [execution_name(ticket, f"{'a' * 60}.example", 12, n) for n in (0, 1, 9999)]
    assert len(set(names)) == 3
    assert all(len(name) <= 80 for name in names)
    stored = replace(plain().store.requests["req_1"], restarts=3)
    assert stored.execution_name.endswith("_1-3")


# ---------------------------------------------------------------- a function that dies in its work


class Died(BaseException):
    """A function's process is killed, and its workflow is stopped before it is run again."""


class Mortal:
    """A port whose caller dies at its ``dies_at``th call, before or behind what it does."""

    def __init__(self, port: Any, clock: "Calls") -> None:
        self._port, self._calls = port, clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._calls.counted(found) if callable(found) else found


class Calls:
    """Counts the calls of all mortal ports of a world."""

    def __init__(self, dies_at: int | None, *, behind: bool) -> None:
        self.count, self._dies_at, self._behind = 0, dies_at, behind

    def counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            dies = self.count == self._dies_at
            if dies and not self._behind:
                raise Died
            given = method(*args, **kwargs)
            if dies:
                raise Died
            return given

        return call


def live(world: World, calls: Calls, *, publishes: bool) -> None:
    """One execution, for as long as it lives."""
    mortal = ("store", "mailer", "identities")
    whole = {name: getattr(world, name) for name in mortal}
    for name, port in whole.items():
        setattr(world, name, Mortal(port, calls))
    try:
        onboarding(world, publishes=publishes).execute(given(world))
    except Died:
        pass
    finally:
        for name, port in whole.items():
            setattr(world, name, port)
    world.workflows.ended.add(world.store.requests["req_1"].execution_name)


def refused() -> World:
    """A verified domain, asked for again in another ticket."""
    world = World()
    world.verified(a_request(), "req_0")
    world.mailer.sent.clear()
    return begun(a_request(ticket=Ticket("standard", "4712")), world)


def end_told(found: dict[str, Any]) -> list[str]:
    """The ticket's comments, without those that go with reminders on the way: a reminder that was
    noted is not sent again only to comment on it."""
    return [key for key in found["comments"] if not key.startswith("reminder-")]


ENDS: list[tuple[Situation, bool, State]] = [
    (plain, True, State.VERIFIED),
    (plain, False, State.EXPIRED),
    (refused, True, State.REJECTED),
]


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(("situation", "publishes", "end"), ENDS)
def test_wherever_a_function_dies_everybody_is_told_of_the_end_and_nobody_twice(
    situation: Situation, publishes: bool, end: State, behind: bool
) -> None:
    undisturbed, calls = situation(), Calls(None, behind=behind)
    live(undisturbed, calls, publishes=publishes)
    expected = outcome(undisturbed)
    assert expected["outcome"] is end
    assert calls.count > 5
    for dies_at in range(1, calls.count + 1):
        world = situation()
        live(world, Calls(dies_at, behind=behind), publishes=publishes)
        for _ in range(3):
            world.clock.advance(timedelta(hours=2))
            if world.recover()["restarted"]:
                live(world, Calls(None, behind=behind), publishes=publishes)
        at = f"died at call {dies_at}"
        assert not list(world.store.open_requests(world.clock.now())), at
        found = outcome(world)
        for same in ("identities", "state", "outcome", "slots"):
            assert found[same] == expected[same], at
        assert end_told(found) == end_told(expected), at
        world.report_claims()
        mails = [letter.key for letter in world.mailer.sent]
        assert len(mails) == len(set(mails)), at
        missing = {mail[1] for mail in expected["mails"]} - set(mails)
        if missing:  # it died while sending: a person is told, and nobody is mailed twice
            assert "mail_unresolved" in world.happened(), at


def test_a_workflow_lost_between_verified_and_told_tells_it_when_taken_up() -> None:
    world = plain()
    close = world.store.close_request

    def die(*_: Any) -> None:
        world.store.close_request = close  # type: ignore[method-assign]
        raise Killed("MarkVerified")

    machine = onboarding(world)
    world.store.close_request = die  # type: ignore[method-assign, assignment]
    end = machine.execute(given(world))
    # The use case itself died; as Step Functions sees it, its retries are spent.
    assert end["end"] in ("OnboardingFailed", "Verified")
    assert world.domain().state is State.VERIFIED
    world.workflows.ended.add(world.store.requests["req_1"].execution_name)
    world.clock.advance(2 * HOUR)
    assert world.recover()["restarted"] == 1
    run(world)
    assert world.mailed() == ["records", "verified"]
    assert world.store.requests["req_1"].outcome is State.VERIFIED

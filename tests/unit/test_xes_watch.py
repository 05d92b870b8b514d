"""``xes watch``: counts, names in trouble, exit codes."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.values import NOW, a_request
from tests.support.world import DOMAIN, World
from xes import watch
from xes.__main__ import app


@dataclass
class FakeApp:
    """What the command takes of a deployment."""

    store: Any
    census: Any
    clock: Any


@dataclass
class FakeStack:
    app: FakeApp

    def __enter__(self) -> "FakeStack":
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    made.verified()
    made.watch_for(timedelta(hours=1))
    made.waiting(a_request(domain="new.example"), "req_2")
    stack = FakeStack(FakeApp(made.store, made.store, made.clock))
    monkeypatch.setattr(watch, "deployed", lambda name: stack)
    return made


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["watch", *arguments])
    return result.exit_code, result.stdout


def test_all_is_well(world: World) -> None:
    code, text = run("--json")
    shown = json.loads(text)
    assert code == 0
    assert shown["counts"]["verified"] == 1
    assert shown["waiting"] == [1, 0, 0, 0]
    assert shown["troubled"] == {"at_risk": [], "lost": []}
    assert shown["overdue_checks"] == 0


def test_a_domain_at_risk_is_named_and_ends_with_1(world: World) -> None:
    world.dns.published.clear()
    world.watch_for(timedelta(hours=7))
    counts = json.loads(run("--json")[1])["counts"]
    assert (counts["verified"], counts["at_risk"], counts["lost"]) == (0, 1, 0)
    code, text = run("--once")
    assert code == 1
    assert DOMAIN in text
    assert "at risk" in text


def test_checks_that_are_not_done_show(world: World) -> None:
    world.clock.advance(timedelta(days=1))
    assert json.loads(run("--json")[1])["overdue_checks"] == 1


@pytest.mark.parametrize(("domains", "pause"), [(9_999, 2.0), (10_000, 60.0)])
def test_many_domains_are_counted_once_a_minute(world: World, domains: int, pause: float) -> None:
    counts = {"verified": domains - 1, "failed": 1}
    assert watch.pause(watch.Sight(NOW, counts, {}, [], 0), 2.0) == pause
    assert watch.pause(watch.Sight(NOW, counts, {}, [], 0), 90.0) == 90.0


def test_it_goes_on_until_it_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([None, None])

    def sleep(_: float) -> None:
        if next(looks, True):
            raise KeyboardInterrupt

    monkeypatch.setattr(watch.time, "sleep", sleep)
    code, text = run()
    assert code == 0
    assert "verified" in text

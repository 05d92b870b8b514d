"""The clock that functions read, and their dice."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from onboarding.adapters.clock import ScaledClock, SystemDice


def test_without_variables_the_clock_is_the_real_one() -> None:
    clock = ScaledClock.from_environment({})
    assert clock.at(1_795_514_400.0) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_scaled_clock_agrees_at_its_origin_and_runs_ahead_from_there() -> None:
    clock = ScaledClock.from_environment({"XES_CLOCK_ORIGIN": "1000.0", "XES_CLOCK_RATE": "600"})
    assert clock.at(1000.0) == datetime.fromtimestamp(1000, UTC)
    assert clock.at(1006.0) - clock.at(1000.0) == timedelta(hours=1)


def test_a_rate_that_is_no_number_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="fast"):
        ScaledClock.from_environment({"XES_CLOCK_RATE": "fast"})


def test_dice_give_jitter_below_one_and_tokens_that_do_not_repeat() -> None:
    dice = SystemDice()
    assert all(0 <= dice.random() < 1 for _ in range(100))
    tokens = {dice.token_hex(16) for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", token) for token in tokens)

"""The dice that functions throw."""

import re

from onboarding.adapters.clock import SystemDice


def test_dice_give_jitter_below_one_and_tokens_that_do_not_repeat() -> None:
    dice = SystemDice()
    assert all(0 <= dice.random() < 1 for _ in range(100))
    tokens = {dice.token_hex(16) for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", token) for token in tokens)

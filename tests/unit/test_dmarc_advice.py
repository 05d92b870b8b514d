"""The way to a stricter DMARC policy, with its days."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.dmarc import parse_dmarc
from onboarding.domain.dmarc_advice import PERCENT_NOTE, advise
from onboarding.domain.request import DmarcDisposition, DmarcPolicy

NONE, QUARANTINE, REJECT = DmarcDisposition
DAY = date(2026, 11, 24)


def test_the_whole_way_is_four_stages_in_eight_weeks() -> None:
    advice = advise(DmarcPolicy(NONE, None, "dmarc@example.com"), DAY)
    assert [(stage.begins.isoformat(), stage.text) for stage in advice.stages] == [
        ("2026-11-24", "v=DMARC1; p=none; rua=mailto:dmarc@example.com"),
        ("2026-12-08", "v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com"),
        ("2026-12-22", "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"),
        ("2027-01-19", "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"),
    ]
    assert advice.asked == advice.stages[0].text
    assert advice.note == PERCENT_NOTE


def test_each_stage_says_when_to_move_on_and_from_which_day() -> None:
    first, *_, last = advise(DmarcPolicy(), DAY).stages
    assert first.move_on == (
        "Move on when the reports of two weeks name no sender of yours that fails the checks. "
        "The earliest day is 8 December 2026."
    )
    assert last.move_on.startswith("This is the last step")
    assert "earliest" not in last.move_on


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        (
            DmarcPolicy(QUARANTINE, 25),
            ["v=DMARC1; p=quarantine; pct=25", "v=DMARC1; p=quarantine", "v=DMARC1; p=reject"],
        ),
        (
            DmarcPolicy(QUARANTINE, 50),
            ["v=DMARC1; p=quarantine; pct=50", "v=DMARC1; p=quarantine", "v=DMARC1; p=reject"],
        ),
        (DmarcPolicy(QUARANTINE), ["v=DMARC1; p=quarantine", "v=DMARC1; p=reject"]),
        (DmarcPolicy(REJECT, 10), ["v=DMARC1; p=reject; pct=10", "v=DMARC1; p=reject"]),
        (DmarcPolicy(REJECT), ["v=DMARC1; p=reject"]),
    ],
)
def test_the_way_begins_with_what_was_asked_for(asked: DmarcPolicy, texts: list[str]) -> None:
    assert [stage.text for stage in advise(asked, DAY).stages] == texts


def test_who_asked_for_much_may_begin_with_little() -> None:
    advice = advise(DmarcPolicy(REJECT), DAY, start=NONE)
    assert [parse_dmarc(stage.text).policy.name for stage in advice.stages] == [
        "NONE", "QUARANTINE", "QUARANTINE", "REJECT",
    ]  # fmt: skip
    assert advice.asked == "v=DMARC1; p=reject"


def test_a_way_without_a_share_needs_no_note() -> None:
    assert advise(DmarcPolicy(REJECT), DAY).note == ""


@given(
    st.builds(
        DmarcPolicy, st.sampled_from(DmarcDisposition), st.none() | st.integers(0, 100), st.none()
    ),
    st.none() | st.sampled_from(DmarcDisposition),
)
def test_every_stage_is_stricter_and_later_than_the_one_before(
    asked: DmarcPolicy, start: DmarcDisposition | None
) -> None:
    stages = advise(asked, DAY, start).stages
    assert stages[0].begins == DAY
    assert stages[-1].text.startswith("v=DMARC1; p=reject")
    for earlier, later in itertools.pairwise(stages):
        assert parse_dmarc(later.text).strength > parse_dmarc(earlier.text).strength
        assert later.begins > earlier.begins

"""The samples in ``events/``: one of every type, and each is accepted as it stands."""

import json
from pathlib import Path

import pytest

from onboarding.contracts import TYPES, parse_event
from onboarding.domain.feedback_event import FeedbackEvent
from onboarding.domain.feedback_event import parse_event as parse_feedback
from tests.support.values import RULES

ALL = sorted((Path(__file__).parents[2] / "events").glob("*.json"))
OF_SES = [path for path in ALL if path.name.startswith("ses_")]
SAMPLES = [path for path in ALL if path not in OF_SES]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.name))
def test_every_sample_is_accepted_and_named_after_its_type(sample: Path) -> None:
    body = sample.read_bytes()
    assert parse_event(body, RULES).ticket_id
    # A second sample of a type says behind its name what it is about.
    assert sample.name.partition(".")[0] == json.loads(body)["type"].replace(".", "_")


def test_every_type_has_a_sample() -> None:
    assert {json.loads(sample.read_text())["type"] for sample in SAMPLES} == set(TYPES)


def test_bounces_and_complaints_have_samples_in_both_shapes() -> None:
    events = {sample.name: parse_feedback(sample.read_text(), ()) for sample in OF_SES}
    assert {name: e.kind for name, e in events.items() if isinstance(e, FeedbackEvent)} == {
        "ses_bounce.json": "bounce",
        "ses_bounce.notification.json": "bounce",
        "ses_complaint.json": "complaint",
    }

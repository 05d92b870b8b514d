"""The samples in ``events/``: one of every type, and each is accepted as it stands."""

import json
from pathlib import Path

import pytest

from onboarding.contracts import TYPES, parse_event
from tests.support.values import RULES

SAMPLES = sorted((Path(__file__).parents[2] / "events").glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.name))
def test_every_sample_is_accepted_and_named_after_its_type(sample: Path) -> None:
    body = sample.read_bytes()
    assert parse_event(body, RULES).ticket_id
    # A second sample of a type says behind its name what it is about.
    assert sample.name.partition(".")[0] == json.loads(body)["type"].replace(".", "_")


def test_every_type_has_a_sample() -> None:
    assert {json.loads(sample.read_text())["type"] for sample in SAMPLES} == set(TYPES)

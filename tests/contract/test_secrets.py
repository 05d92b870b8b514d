"""The port ``WebhookSecrets`` on Secrets Manager."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from onboarding.adapters.secrets import SecretsManagerSecrets
from tests.support.aws_doubles import emulated

NAME = "stack/webhook-secrets"


class Watch:
    """A monotonic clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def manager() -> Iterator[Any]:
    with emulated("secretsmanager") as client:
        client.create_secret(Name=NAME, SecretString=json.dumps({"standard": "whsec_one"}))
        yield client


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def secrets(manager: Any, watch: Watch) -> SecretsManagerSecrets:
    return SecretsManagerSecrets(manager, NAME, watch)


def put(manager: Any, value: object) -> None:
    manager.put_secret_value(SecretId=NAME, SecretString=json.dumps(value))


def test_a_source_has_its_secret_and_an_unknown_one_none(secrets: SecretsManagerSecrets) -> None:
    assert secrets.secrets("standard") == ("whsec_one",)
    assert secrets.secrets("zendesk") == ()


def test_while_a_rotation_runs_a_source_has_two(
    manager: Any, secrets: SecretsManagerSecrets
) -> None:
    put(manager, {"standard": ["whsec_two", "whsec_one"], "zendesk": "raw"})
    assert secrets.secrets("standard") == ("whsec_two", "whsec_one")
    assert secrets.secrets("zendesk") == ("raw",)


def test_a_value_serves_for_five_minutes(
    manager: Any, secrets: SecretsManagerSecrets, watch: Watch
) -> None:
    secrets.secrets("standard")
    put(manager, {"standard": "whsec_two"})
    watch.time += 300
    assert secrets.secrets("standard") == ("whsec_one",)
    watch.time += 1
    assert secrets.secrets("standard") == ("whsec_two",)


def test_on_suspicion_a_value_is_read_again_but_not_within_five_seconds(
    manager: Any, secrets: SecretsManagerSecrets, watch: Watch
) -> None:
    secrets.secrets("standard")
    put(manager, {"standard": "whsec_two"})
    watch.time += 5
    assert secrets.secrets("standard", fresh=True) == ("whsec_one",)
    watch.time += 1
    assert secrets.secrets("standard", fresh=True) == ("whsec_two",)
    assert secrets.secrets("standard") == ("whsec_two",)


def test_a_secret_that_is_not_there_is_a_fault(manager: Any) -> None:
    missing = SecretsManagerSecrets(manager, "no-such-secret")
    with pytest.raises(manager.exceptions.ResourceNotFoundException):
        missing.secrets("standard")

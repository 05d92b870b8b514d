"""The configuration of a function."""

import pytest

from onboarding.settings import Settings, SettingsMissing, required

NEEDED = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}


def test_the_least_that_every_function_needs() -> None:
    assert Settings.from_env(NEEDED) == Settings(
        table="table",
        region="eu-west-1",
        state_machine_arn="",
        offboard_machine_arn="",
        event_bus="",
        api_url="",
        webhook_secrets_arn="",
        sender="",
        configuration_set=None,
        dns_resolver=None,
        dns_port=53,
    )


def test_everything_set() -> None:
    env = {
        **NEEDED,
        "STATE_MACHINE_ARN": "arn:machine",
        "ADDRESS_STATE_MACHINE_ARN": "arn:addresses",
        "OFFBOARD_MACHINE_ARN": "arn:offboarding",
        "EVENT_BUS_NAME": "bus",
        "API_URL": "https://{api_id}/{stage}",
        "WEBHOOK_SECRETS_ARN": "arn:secret",
        "SENDER": "xes@xes.example",
        "CONFIGURATION_SET": "onboarding",
        "XES_DNS_RESOLVER": "127.0.0.1:5353",
        "XES_DNS_PORT": "5353",
    }
    assert Settings.from_env(env) == Settings(
        table="table",
        region="eu-west-1",
        state_machine_arn="arn:machine",
        offboard_machine_arn="arn:offboarding",
        event_bus="bus",
        api_url="https://{api_id}/{stage}",
        webhook_secrets_arn="arn:secret",
        sender="xes@xes.example",
        configuration_set="onboarding",
        dns_resolver=("127.0.0.1", 5353),
        dns_port=5353,
        address_state_machine_arn="arn:addresses",
    )


def test_a_local_world_says_where_its_api_is() -> None:
    env = {**NEEDED, "API_URL": "https://aws", "XES_API_URL": "http://127.0.0.1"}
    assert Settings.from_env(env).api_url == "http://127.0.0.1"


def test_the_region_may_come_from_the_default_of_a_shell() -> None:
    env = {"TABLE_NAME": "table", "AWS_DEFAULT_REGION": "us-east-1"}
    assert Settings.from_env(env).region == "us-east-1"


@pytest.mark.parametrize("name", ["TABLE_NAME", "AWS_REGION"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_variable_is_named(name: str, value: str | None) -> None:
    env = {key: text for key, text in NEEDED.items() if key != name}
    if value is not None:
        env[name] = value
    with pytest.raises(SettingsMissing, match=name):
        Settings.from_env(env)


def test_what_only_some_functions_need_is_asked_for_where_it_is_used() -> None:
    assert required("x", "SENDER") == "x"
    with pytest.raises(SettingsMissing, match="SENDER"):
        required("", "SENDER")

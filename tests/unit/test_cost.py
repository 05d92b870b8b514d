"""The estimate counts what the template has."""

import re

from onboarding.domain.cost import (
    ALARMS,
    MONTH,
    SCHEDULES_A_DAY,
    SECRETS,
    kept_a_list,
    watch_a_day,
)
from onboarding.usecases.follow_identities import LONG
from tests.support.aws_doubles import resources

A_DAY = {"minute": 24 * 60, "minutes": 24 * 60, "hour": 24, "hours": 24, "day": 1, "days": 1}


def of_type(kind: str) -> list[str]:
    return [name for name, each in resources().items() if each["Type"] == kind]


def runs_a_day(expression: str) -> int:
    """Of ``rate(5 minutes)``, or of a ``cron`` that names one time of the day."""
    rate = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    if rate is not None:
        return A_DAY[rate[2]] // int(rate[1])
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression), expression
    return 1


def test_every_schedule_of_the_template_is_counted() -> None:
    expressions = [
        event["Properties"]["ScheduleExpression"]
        for function in resources().values()
        for event in function.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    ]
    assert sum(map(runs_a_day, expressions)) == SCHEDULES_A_DAY


def test_every_alarm_and_secret_of_the_template_is_counted() -> None:
    assert len(of_type("AWS::CloudWatch::Alarm")) == ALARMS
    assert len(of_type("AWS::SecretsManager::Secret")) == SECRETS


def test_an_empty_stack_costs_what_stands_and_runs_by_the_clock() -> None:
    a_month = watch_a_day(0) * MONTH
    assert round(a_month, 2) == 3.30


def test_a_list_that_one_run_gets_through_is_not_kept() -> None:
    assert kept_a_list(LONG - 1) == 0
    assert kept_a_list(LONG) > 0

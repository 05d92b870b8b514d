"""What is to be done about a record, by what a check found."""

import pytest

from onboarding.domain.problems import ProblemCode
from onboarding.domain.publishing import Step, Task, steps, to_add
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import Status
from tests.support.publications import a_report
from tests.support.values import RECORDS

CNAME, MX, SPF, DMARC = RECORDS


def test_without_a_report_everything_is_to_be_added() -> None:
    assert [step.task for step in steps(RECORDS)] == [Task.ADD] * 4
    assert to_add(RECORDS) == RECORDS


@pytest.mark.parametrize(
    ("status", "code", "task"),
    [
        (Status.FOUND, None, Task.NOTHING),
        (Status.PROPAGATING, ProblemCode.NAMESERVERS_DISAGREE, Task.WAIT),
        (Status.MISSING, ProblemCode.MISSING, Task.ADD),
        (Status.MISSING, ProblemCode.WILDCARD_ANSWER, Task.ADD),
        (Status.UNKNOWN, None, Task.ADD),
        (Status.WRONG, ProblemCode.DOUBLED_ZONE, Task.ADD),
        (Status.WRONG, ProblemCode.WRONG_PLACE, Task.ADD),
        (Status.WRONG, ProblemCode.UNDERSCORE_LOST, Task.ADD),
        (Status.WRONG, ProblemCode.WRONG_TYPE, Task.REPLACE),
        (Status.WRONG, ProblemCode.CNAME_FLATTENED, Task.REPLACE),
        (Status.WRONG, ProblemCode.CONFLICTING_CNAME, Task.REPLACE),
        (Status.WRONG, ProblemCode.WRONG_VALUE, Task.CHANGE),
        (Status.WRONG, ProblemCode.STALE_TOKEN, Task.CHANGE),
    ],
)
def test_only_where_nothing_is_at_the_name_a_record_is_added(
    status: Status, code: ProblemCode | None, task: Task
) -> None:
    [step] = steps([CNAME], a_report(CNAME, status, (), code))
    assert (step.task, step.value) == (task, CNAME.value)
    assert to_add([CNAME], a_report(CNAME, status, (), code)) == (
        (CNAME,) if task is Task.ADD else ()
    )


def test_a_policy_that_is_too_weak_is_shown_as_one_record_with_the_owners_own_tags() -> None:
    old = "v=DMARC1; p=none; rua=mailto:own@example.com"
    [step] = steps([DMARC], a_report(DMARC, Status.WRONG, (old,), ProblemCode.WRONG_VALUE))
    assert step == Step(
        DMARC,
        Task.CHANGE,
        (old,),
        "v=DMARC1; p=quarantine; rua=mailto:own@example.com,mailto:dmarc@example.com; pct=25",
    )


def test_an_spf_record_without_our_servers_keeps_the_owners_own() -> None:
    old = "v=spf1 mx -all"
    [step] = steps([SPF], a_report(SPF, Status.WRONG, (old,), ProblemCode.SPF_MISSING_INCLUDE))
    assert step == Step(SPF, Task.CHANGE, (old,), "v=spf1 mx include:amazonses.com -all")


def test_what_cannot_be_read_gives_way_to_what_was_asked_for_and_says_so() -> None:
    old = "v=spf1 ipv4:192.0.2.1 -all"
    [step] = steps([SPF], a_report(SPF, Status.WRONG, (old,), ProblemCode.SPF_SYNTAX))
    assert (step.value, step.note) == (SPF.value, "“ipv4:192.0.2.1” in it cannot be read")


def test_several_records_give_way_to_the_one_that_was_asked_for() -> None:
    old = ("v=spf1 mx -all", "v=spf1 a -all")
    [step] = steps([SPF], a_report(SPF, Status.WRONG, old, ProblemCode.MULTIPLE_SPF))
    assert step == Step(SPF, Task.CHANGE, old, SPF.value)


def test_a_report_about_another_value_says_nothing() -> None:
    report = a_report(CNAME, Status.FOUND, (CNAME.value,))
    other = Record(Purpose.DKIM, "CNAME", CNAME.name, "t1.dkim.eu-south-1.amazonses.com")
    assert [step.task for step in steps([other, MX], report)] == [Task.ADD, Task.ADD]

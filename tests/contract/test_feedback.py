"""The ports ``FlagStore`` and ``SenderHistories``: in memory, and on emulated DynamoDB."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.feedback import DynamoDbFlags, DynamoDbHistories
from onboarding.adapters.dynamodb.feedback_watches import DynamoDbFeedbackWatches
from onboarding.adapters.memory import MemoryStore
from onboarding.adapters.memory_feedback import MemoryFeedbackWatches, MemoryFlags, MemoryHistories
from onboarding.adapters.sent_volumes import SesSentVolumes
from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.feedback_rates import Crossing, FeedbackWatch, Level, Measure
from onboarding.domain.ownership import Family
from onboarding.domain.responsibility import Holding, Period, Responsible, SenderHistory
from onboarding.port_errors import ConcurrentChange, SesBusy
from onboarding.ports import FeedbackWatches, FlagStore, SenderHistories
from tests.support.aws_doubles import create_table, emulated
from tests.support.local_ses import LocalSes
from tests.support.values import NOW, a_domain

RETENTION = timedelta(days=400)
_names = (f"feedback-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture
def table(dynamodb: Any) -> str:
    name = next(_names)
    create_table(dynamodb, name)
    return name


@pytest.fixture(params=["memory", "dynamodb"])
def flags(request: pytest.FixtureRequest) -> FlagStore:
    if request.param == "memory":
        return MemoryFlags()
    client, table = request.getfixturevalue("dynamodb"), request.getfixturevalue("table")
    return DynamoDbFlags(client, table, RETENTION)


def a_flag(number: int = 1, **changes: Any) -> Flag:
    flag = Flag(
        at=NOW,
        account_id="acme",
        organisation_id="org-acme",
        domain="news.example.com",
        kind=FeedbackKind.BOUNCE,
        type="Permanent",
        subtype="General",
        responsible=Responsible.PROVIDER,
        feedback_id=f"feedback-{number}",
        recipient_hash="ab" * 32,
        recipient_domain="example.org",
    )
    return replace(flag, **changes)


FULL = a_flag(
    kind=FeedbackKind.COMPLAINT, type=None, subtype=None, responsible=Responsible.CUSTOMER,
    feedback_id="x" * 400, at=NOW + timedelta(milliseconds=7),
)  # fmt: skip


@pytest.mark.parametrize("flag", [a_flag(), FULL])
def test_a_flag_is_kept_as_it_is(flags: FlagStore, flag: Flag) -> None:
    assert flags.record([flag], NOW) == set()
    assert list(flags.flags()) == [flag]


def test_a_flag_is_kept_once_however_often_and_late_it_comes(flags: FlagStore) -> None:
    one, two = a_flag(1), a_flag(1, recipient_hash="cd" * 32)
    flags.record([one, two, one], NOW)
    flags.record([two], NOW + timedelta(days=2))
    flags.record([one], NOW + timedelta(days=3))
    assert sorted(flags.flags(), key=lambda f: f.recipient_hash) == [one, two]


def test_flags_are_found_by_account_domain_and_day(flags: FlagStore) -> None:
    day = timedelta(days=1)
    ours, eu = a_flag(1), a_flag(2, account_id="acme-eu")
    other, old = a_flag(3, domain="shop.example.com"), a_flag(4, at=NOW - 3 * day)
    flags.record([ours, eu, other, old], NOW)

    def found(*arguments: Any) -> set[str]:
        return {flag.feedback_id[-1] for flag in flags.flags(*arguments)}

    today = NOW.date()
    assert found() == {"1", "2", "3", "4"}
    assert found("acme") == {"1", "3", "4"}
    assert found("acme", "news.example.com") == {"1", "4"}
    assert found(None, "news.example.com") == {"1", "2", "4"}
    assert found("acme", "news.example.com", today) == {"1"}
    assert found("acme", "news.example.com", None, today - day) == {"4"}
    assert found("acme", None, today - 3 * day, today - 3 * day) == {"4"}
    assert found("nobody") == set()


def test_flags_of_an_unknown_sender_are_found_only_where_they_are_asked_for(
    flags: FlagStore,
) -> None:
    unknown = a_flag(account_id=UNKNOWN_ACCOUNT, organisation_id=UNKNOWN_ACCOUNT)
    flags.record([unknown], NOW)
    assert list(flags.flags()) == []
    assert list(flags.flags(UNKNOWN_ACCOUNT)) == [unknown]
    assert list(flags.touched()) == []


def test_flags_are_forgotten_whether_they_are_there_or_not(flags: FlagStore) -> None:
    many = [a_flag(number) for number in range(30)]
    flags.record(many, NOW)
    assert flags.forget([*many[1:], a_flag(99), many[1]]) == set()
    assert list(flags.flags()) == [many[0]]


def test_more_flags_than_one_call_takes(flags: FlagStore) -> None:
    many = [a_flag(number) for number in range(61)]
    flags.record(many, NOW)
    assert {flag.feedback_id for flag in flags.flags("acme")} == {f.feedback_id for f in many}


def test_days_that_flags_came_to_are_listed_until_they_are_settled(flags: FlagStore) -> None:
    flags.record([a_flag(1), a_flag(2), a_flag(3, at=NOW - timedelta(days=1))], NOW)
    listed = sorted(flags.touched(), key=lambda touched: touched.day)
    assert [(t.account_id, t.domain, t.day) for t in listed] == [
        ("acme", "news.example.com", date(2026, 11, 22)),
        ("acme", "news.example.com", date(2026, 11, 23)),
    ]
    flags.record([a_flag(1)], NOW)
    assert flags.settle(listed[0])
    assert not flags.settle(listed[1]), "more has come since it was listed"
    [left] = flags.touched()
    assert flags.settle(left)
    assert flags.settle(left)
    assert list(flags.touched()) == []


def test_all_of_one_recipient_is_erased_and_nothing_else(flags: FlagStore) -> None:
    kept = a_flag(1, recipient_hash="cd" * 32)
    gone = [
        a_flag(1),
        a_flag(2, account_id="globex", domain="globex.com"),
        a_flag(3, account_id=UNKNOWN_ACCOUNT),
    ]
    flags.record([kept, *gone], NOW)
    assert flags.erase("ab" * 32) == 3
    assert [*flags.flags(), *flags.flags(UNKNOWN_ACCOUNT)] == [kept]
    assert flags.erase("ab" * 32) == 0


# ---------------------------------------------------------------- in the table


def test_everything_in_the_table_goes_by_itself(dynamodb: Any, table: str) -> None:
    DynamoDbFlags(dynamodb, table, RETENTION).record([a_flag()], NOW)
    items = dynamodb.scan(TableName=table)["Items"]
    ends = {int(item["expires_at"]["N"]) for item in items}
    assert ends == {int((NOW + RETENTION).timestamp())}
    assert {item["sk"]["S"].partition("#")[0] for item in items} == {"FLAG", "TOUCHED", "acme"}


class Reluctant:
    """DynamoDB that leaves over what ``refused`` says, a number of times."""

    def __init__(self, client: Any, refused: str, times: int) -> None:
        self._client, self._refused, self._times = client, refused, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803 - the SDK's own
        [(table, puts)] = RequestItems.items()
        left = [put for put in puts if self._refused in json.dumps(put)]
        left = left if self._times > 0 else []
        self._times -= 1
        taken = [put for put in puts if put not in left]
        if taken:
            self._client.batch_write_item(RequestItems={table: taken})
        return {"UnprocessedItems": {table: left} if left else {}}


def reluctant(dynamodb: Any, table: str, refused: str, times: int) -> DynamoDbFlags:
    store = DynamoDbFlags(Reluctant(dynamodb, refused, times), table, RETENTION)
    store._pause = lambda seconds: None  # type: ignore[method-assign, assignment]
    return store


def test_what_dynamodb_leaves_over_is_offered_again(dynamodb: Any, table: str) -> None:
    flags = reluctant(dynamodb, table, "feedback-2", times=2)
    assert flags.record([a_flag(1), a_flag(2)], NOW) == set()
    assert len(list(flags.flags())) == 2


def test_what_dynamodb_never_deletes_is_named(dynamodb: Any, table: str) -> None:
    made = [a_flag(1), a_flag(2)]
    DynamoDbFlags(dynamodb, table, RETENTION).record(made, NOW)
    flags = reluctant(dynamodb, table, "feedback-2", times=1000)
    assert flags.forget(made) == {made[1]}
    assert list(flags.flags()) == [made[1]]


@pytest.mark.parametrize(
    ("refused", "failed"), [("feedback-2", {2}), ("TOUCHED", {1, 2}), ("acme#news", {1, 2})]
)
def test_what_dynamodb_never_takes_is_named(
    dynamodb: Any, table: str, refused: str, failed: set[int]
) -> None:
    made = {1: a_flag(1), 2: a_flag(2)}
    flags = reluctant(dynamodb, table, refused, times=1000)
    assert flags.record(list(made.values()), NOW) == {made[number] for number in failed}


# ---------------------------------------------------------------- histories

HOLDING = Holding("acme", "org-acme", NOW)
PERIOD = Period("acme", "RD-1", NOW, NOW + timedelta(days=3))
PERIODS = (PERIOD, replace(PERIOD, until=None), Period("acme", "RD-2", None))
DOMAIN = a_domain(holdings=(HOLDING,), responsibility=PERIODS)


@pytest.fixture(params=["memory", "dynamodb"])
def histories(request: pytest.FixtureRequest) -> SenderHistories:
    if request.param == "memory":
        memory = MemoryStore()
        memory.claim(DOMAIN, Family(None, (), {}), ())
        return MemoryHistories(memory)
    client, table = request.getfixturevalue("dynamodb"), request.getfixturevalue("table")
    store = DynamoDbStore(client, table)
    store.claim(DOMAIN, store.family(DOMAIN.domain, ()), ())
    return DynamoDbHistories(client, table)


def test_a_domain_has_its_history_and_what_is_unknown_has_none(
    histories: SenderHistories,
) -> None:
    asked = dict.fromkeys(("news.example.com", "example.com", "a@example.com"), NOW)
    assert histories.histories(asked) == {
        "news.example.com": SenderHistory("news.example.com", (HOLDING,), PERIODS)
    }


def test_many_names_are_more_than_one_call(histories: SenderHistories) -> None:
    asked = dict.fromkeys([f"n{number}.example.com" for number in range(150)], NOW)
    found = histories.histories({**asked, "news.example.com": NOW})
    assert set(found) == {"news.example.com"}


# ---------------------------------------------------------------- watches

WATCH = FeedbackWatch(
    "domain#provider#acme#news.example.com",
    {Measure.BOUNCES: Level.REVIEW, Measure.COMPLAINTS: Level.FINE},
    NOW,
    2,
    (Crossing(Measure.BOUNCES, Level.REVIEW, 2, "Too many."),),
)


@pytest.fixture(params=["memory", "dynamodb"])
def watches(request: pytest.FixtureRequest) -> FeedbackWatches:
    if request.param == "memory":
        return MemoryFeedbackWatches()
    client, table = request.getfixturevalue("dynamodb"), request.getfixturevalue("table")
    return DynamoDbFeedbackWatches(client, table)


def test_a_watch_is_kept_and_one_that_was_never_written_has_seen_nothing(
    watches: FeedbackWatches,
) -> None:
    assert watches.watch(WATCH.key) == FeedbackWatch(WATCH.key)
    saved = watches.save_watch(WATCH)
    assert saved == replace(WATCH, version=1)
    assert watches.watch(WATCH.key) == saved


@pytest.mark.parametrize("known", [False, True])
def test_of_two_who_read_the_same_watch_one_writes(watches: FeedbackWatches, known: bool) -> None:
    read = watches.save_watch(WATCH) if known else WATCH
    watches.save_watch(read)
    with pytest.raises(ConcurrentChange):
        watches.save_watch(replace(read, crossings=9))


# ---------------------------------------------------------------- volumes


def test_ses_tells_how_many_e_mails_went_out_by_each_identity(local_ses: LocalSes) -> None:
    client = local_ses.client()
    sender = "onboarding@xes.example"
    for recipient in ("a@example.org", "success@simulator.amazonses.com", "b@example.org"):
        client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [recipient]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )
    names = frozenset({sender, *(f"d{number}.example" for number in range(15))})
    now = datetime.now(UTC)
    days = SesSentVolumes(client).sent(names, now.date() - timedelta(days=7), now.date())
    assert days is not None
    assert {name: sum(found.values()) for name, found in days.items()} == {sender: 2}, (
        "the simulator is no e-mail"
    )


def test_an_account_without_such_metrics_has_no_numbers(local_ses: LocalSes) -> None:
    today = date(2026, 11, 23)
    with local_ses.failing("BatchGetMetricData", "BadRequestException"):
        found = SesSentVolumes(local_ses.client()).sent(frozenset({"a.example"}), today, today)
    assert found is None


class Metrics:
    """SES's metrics with ``errors`` for single queries."""

    def __init__(self, *errors: str) -> None:
        self._errors = errors
        self.exceptions = SimpleNamespace(ClientError=ClientError)

    def batch_get_metric_data(self, Queries: Any) -> Any:  # noqa: N803 - the SDK's own
        failed = [{"Id": "q0", "Code": code, "Message": "sorry"} for code in self._errors]
        results = [
            {"Id": query["Id"], "Timestamps": [NOW], "Values": [7]}
            for query in Queries[len(failed) :]
        ]
        return {"Results": results, "Errors": failed}


NAMES = frozenset({"a.example", "b.example"})


def sent_by(*errors: str) -> Any:
    return SesSentVolumes(Metrics(*errors)).sent(NAMES, NOW.date(), NOW.date())


def test_where_ses_fails_for_one_identity_there_is_no_number_that_is_not_true() -> None:
    with pytest.raises(SesBusy, match="sorry"):
        sent_by("INTERNAL_FAILURE")
    with pytest.raises(SesBusy):
        sent_by("ACCESS_DENIED", "SOMETHING_NEW")


def test_metrics_that_nobody_may_read_are_none() -> None:
    assert sent_by("ACCESS_DENIED") is None
    assert sent_by() == {name: {NOW.date(): 7} for name in NAMES}


def test_a_domain_of_before_holdings_were_kept_is_whose_it_is_now(
    dynamodb: Any, table: str
) -> None:
    store = DynamoDbStore(dynamodb, table)
    store.claim(DOMAIN, store.family(DOMAIN.domain, ()), ())
    key = {"pk": {"S": f"DOMAIN#{DOMAIN.domain}"}, "sk": {"S": "DOMAIN"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    body = json.loads(item["body"]["S"])
    del body["holdings"]
    dynamodb.put_item(TableName=table, Item={**item, "body": {"S": json.dumps(body)}})
    [history] = DynamoDbHistories(dynamodb, table).histories({DOMAIN.domain: NOW}).values()
    assert history.holdings == (HOLDING,)
    found = store.domain(DOMAIN.domain)
    assert found is not None
    assert found.holdings == (HOLDING,)

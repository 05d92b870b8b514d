"""What an agent does with accounts on the command line, over a deployment in memory."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.service import ServiceKind, ServiceState
from onboarding.domain.setup_list import SetupItem
from tests.support.service_world import ServiceWorld
from tests.support.values import RULES
from tests.support.world import World
from xes import account
from xes.__main__ import app
from xes.stack import Stack


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ServiceWorld:
    world = ServiceWorld()
    parts = {
        "store": world.store,
        "services": world.store,
        "flags": MemoryFlags(),
        "setups": world.store,
        "workflows": World().workflows,
        "service_workflows": world.workflows,
        "tenancy": world.tenancy,
        "identities": world.identities,
        "clock": world.clock,
        "random": world.dice,
        "rules": RULES,
        "settings": SimpleNamespace(region="eu-west-1"),
    }
    stack = Stack("memory", SimpleNamespace(**parts), "https://api", is_local=True)  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield stack

    monkeypatch.setattr(account, "deployed", deployed)
    return world


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["account", *arguments], env={"COLUMNS": "200"})


def json_of(*arguments: str) -> Any:
    return json.loads(xes(*arguments, "--json").stdout)


# create


def test_a_basic_account_is_made_and_its_provisioning_started(world: ServiceWorld) -> None:
    done = xes("create", "initech", "--organisation", "initech", "--contact", "dns@initech.com")
    assert done.exit_code == 0, done.output
    made = world.store.accounts["initech"]
    assert (made.organisation_id, made.contact_email) == ("initech", "dns@initech.com")
    [service] = world.store.services_of("initech")
    assert service.request.service is ServiceKind.PROVISIONING
    assert world.workflows.started == [service.execution_name]


def test_an_account_that_was_there_is_provisioned_and_keeps_what_it_has(
    world: ServiceWorld,
) -> None:
    assert xes("create", "acme", "--organisation", "org-acme").exit_code == 0
    assert world.store.accounts["acme"].contact_email == "dns@acme.example"
    assert [s.request.service for s in world.store.services_of("acme")] == ["provisioning"]


def test_an_account_of_another_organisation_is_not_taken(world: ServiceWorld) -> None:
    xes("create", "initech", "--organisation", "initech")
    for existing in ("acme", "initech"):
        done = xes("create", existing, "--organisation", "thieves")
        assert done.exit_code == 1
        assert "of organisation" in done.stderr
    assert world.store.services_of("acme") == ()


def test_an_additional_account_is_asked_for_and_not_made_yet(world: ServiceWorld) -> None:
    answer = json_of("create", "acme-shop", "--organisation", "org-acme", "--kind", "additional")
    assert answer["state"] == "requested"
    assert "acme-shop" not in world.store.accounts
    assert world.run(answer["request_id"])["end"] == "Provisioned"
    assert world.approval(answer["request_id"]).status is ApprovalStatus.GIVEN
    assert world.store.accounts["acme-shop"].organisation_id == "org-acme"


def test_a_contact_that_is_no_address_is_wrong_use(world: ServiceWorld) -> None:
    done = xes("create", "initech", "--organisation", "initech", "--contact", "nobody")
    assert done.exit_code == 2
    assert "initech" not in world.store.accounts


# show


def test_an_account_is_shown_as_json(world: ServiceWorld) -> None:
    world.run(world.ask())
    shown = json_of("show", "acme")
    assert (shown["account_id"], shown["tenant"], shown["flags"]) == ("acme", "acme", 0)
    assert xes("show", "nobody").exit_code == 1


# set


def test_a_contact_is_changed(world: ServiceWorld) -> None:
    assert xes("set", "acme", "--contact", "new@acme.example").exit_code == 0
    assert world.store.accounts["acme"].contact_email == "new@acme.example"
    assert world.store.accounts["acme"].organisation_id == "org-acme"


def test_an_override_is_checked_and_kept(world: ServiceWorld) -> None:
    shown = json_of("set", "acme", "--override", '{"accounts": {"basic": {"domains": 25}}}')
    assert shown["domains"]["allowed"] == 25
    kept = world.store.organisation("org-acme")
    for wrong in ('{"domain_packs": 3}', "{", "[]"):
        assert xes("set", "acme", "--override", wrong).exit_code == 2
    assert xes("set", "acme", "--plan", "golden").exit_code == 2
    assert world.store.organisation("org-acme") == kept


def test_a_grant_needs_a_reason_and_is_kept_with_a_name(world: ServiceWorld) -> None:
    assert xes("set", "acme", "--grant", "domain_packs=2").exit_code == 2
    for wrong in ("jets=1", "asp", "asp=0", "asp=many", "asp=101"):
        assert xes("set", "acme", "--grant", wrong, "--note", "Because.").exit_code == 2
    assert world.store.approvals == {}
    shown = json_of("set", "acme", "--grant", "domain_packs=2", "--grant", "asp=1",
                    "--note", "Goodwill.")  # fmt: skip
    assert shown["domains"]["allowed"] == 30
    assert shown["domains"]["pool"]["allowed"] == 10
    decided = {a.decided_by for a in world.store.approvals.values()}
    assert decided == {getpass.getuser()}


def test_a_pool_is_recorded_where_one_is_waited_for(world: ServiceWorld) -> None:
    record = ("set", "acme", "--dedicated-ip-pool", "fast", "--dedicated-ip", "192.0.2.1")
    unknown = xes(*record)
    assert (unknown.exit_code, "no dedicated IP pool fast" in unknown.stderr) == (1, True)
    world.tenancy.pools.add("fast")
    nothing = xes(*record)
    assert (nothing.exit_code, "waits for no dedicated IPs" in nothing.stderr) == (1, True)
    request_id = world.ask(ServiceKind.DEDICATED_IP)
    world.step("OrderDedicatedIp", {"request_id": request_id, "task_token": "token-1"})
    assert xes(*record).exit_code == 0
    assert world.service(request_id).dedicated_ips == ("192.0.2.1",)
    assert world.service(request_id).state is ServiceState.ORDERED
    assert world.workflows.resumed == [("token-1", {"pool": "fast"})]
    assert xes(*record[:-1], "not-an-ip").exit_code == 2


def test_a_granted_rate_is_recorded(world: ServiceWorld) -> None:
    assert json_of("set", "acme", "--sending-rate", "50")["allowances"]["sending_rate"] == 50.0


def test_setting_nothing_or_nobody_is_refused(world: ServiceWorld) -> None:
    assert xes("set", "acme").exit_code == 2
    assert xes("set", "nobody", "--contact", "a@b.example").exit_code == 1


# setup and smtp


def test_the_sheet_is_printed_once_the_account_is_provisioned(world: ServiceWorld) -> None:
    early = xes("smtp", "acme")
    assert (early.exit_code, "no tenant and configuration set yet" in early.stderr) == (1, True)
    world.run(world.ask())
    assert "Host            email-smtp.eu-west-1.amazonaws.com" in xes("smtp", "acme").stdout
    assert json_of("smtp", "acme")["headers"]["X-SES-TENANT"] == "acme"
    assert "[x] delivery_provider" in xes("setup", "acme").stdout


def test_a_whole_setup_ends_with_exit_0(world: ServiceWorld, tmp_path: Path) -> None:
    world.with_domains("news.example.com")
    world.identities.change("news.example.com", verified_for_sending=True)
    world.run(world.ask())
    xes("smtp", "acme")
    for item in SetupItem:
        done = xes("setup", "acme", "--tick", item.value, "--note", "Seen.")
        assert done.exit_code in (1, 2)
    review = tmp_path / "review.json"
    review.write_text(json.dumps({"verdict": "unfit"}))
    assert xes("setup", "acme", "--review", str(review)).exit_code == 1
    review.write_text(json.dumps({"verdict": "fit"}))
    done = xes("setup", "acme", "--review", str(review))
    assert done.exit_code == 0, done.output
    shown = json_of("setup", "acme")
    assert shown["done"] is True
    assert [item["item"] for item in shown["items"]] == [item.value for item in SetupItem]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"verdict": "unknown"}', 3),
        *(("{}", 2), ("[]", 2), ("fit", 2), ('"fit"', 2)),
    ],
)
def test_what_is_no_verdict_is_not_recorded(
    world: ServiceWorld, tmp_path: Path, content: str, code: int
) -> None:
    review = tmp_path / "review.json"
    review.write_text(content)
    assert xes("setup", "acme", "--review", str(review)).exit_code == code
    assert world.store.setup_list("acme").review is None


def test_a_tick_without_a_note_or_of_what_is_proved_is_wrong_use(world: ServiceWorld) -> None:
    bare = xes("setup", "acme", "--tick", "new_sender")
    assert (bare.exit_code, "what was seen" in bare.stderr) == (2, True)
    proved = xes("setup", "acme", "--tick", "easy_unsubscribe", "--note", "Trust me.")
    assert (proved.exit_code, "proved" in proved.stderr) == (2, True)
    assert world.store.setup_list("acme").ticks == {}


def test_an_account_is_paused_and_sends_again(world: ServiceWorld) -> None:
    assert xes("set", "acme", "--sending", "paused").exit_code == 1, "it has no tenant yet"
    world.store.save_provisioned(Provisioned("acme", tenant="acme", configuration_set="acme"))
    assert xes("set", "acme", "--sending", "paused").exit_code == 0
    assert world.tenancy.paused == {"acme"}
    assert xes("set", "acme", "--sending", "enabled").exit_code == 0
    assert world.tenancy.paused == set()

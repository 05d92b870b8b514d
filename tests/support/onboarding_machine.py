"""``onboard_domain`` over the in-memory world: a customer who publishes, an agent who says yes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.schedule import Reminder
from tests.support.machine import Machine
from tests.support.world import World


def onboarding(
    world: World,
    kill_after: int | None = None,
    request_id: str = "req_1",
    *,
    publishes: bool = True,
) -> Machine:
    """An execution, of a customer who ``publishes`` or never does; to be run with ``execute``."""
    run = _Execution(world, request_id, publishes)
    return Machine("onboard_domain", run.step, run.answer, run.wait, kill_after)


def given(world: World, request_id: str = "req_1") -> dict[str, str]:
    """The input of the request's execution."""
    return {"request_id": request_id, "domain": world.store.requests[request_id].request.domain}


class _Execution:
    def __init__(self, world: World, request_id: str, publishes: bool) -> None:
        self._world, self._request_id, self._publishes = world, request_id, publishes

    def step(self, name: str, payload: dict[str, Any]) -> Any:
        world, request_id = self._world, self._request_id
        steps: dict[str, Callable[[], Any]] = {
            "AdmitRequest": lambda: world.admit(request_id),
            "RequestApproval": lambda: world.request_approval(
                payload["approval_id"], payload["task_token"]
            ),
            "RequestDocument": lambda: world.request_document(request_id, payload["task_token"]),
            "CreateIdentity": lambda: world.create(request_id),
            "SetMailFrom": lambda: world.set_mail_from(request_id),
            "SendRecords": lambda: world.send_records(request_id),
            "CheckRecords": lambda: world.check(request_id, payload["domain"]),
            "SendReminder": lambda: world.remind(Reminder(payload["reminder"]), request_id),
            "SendCorrection": lambda: world.correct(request_id, payload["domain"]),
            "ExpireRequest": lambda: world.expire(request_id, payload["domain"], payload["reason"]),
            "RejectRequest": lambda: world.reject(payload["code"], payload["reason"], request_id),
            "MarkVerified": lambda: world.mark_verified(request_id, payload["domain"]),
            "FailRequest": lambda: world.fail(request_id, payload["error"], payload["cause"]),
        }
        return steps[name]()

    def answer(self, token: str) -> Any:
        """What the task that waits by ``token`` goes on with: an agent has said yes, the customer
        has signed."""
        world = self._world
        for approval in list(world.store.approvals.values()):
            if approval.status is ApprovalStatus.PENDING:
                world.decide(approval.approval_id)
        links = [letter.link for letter in world.mailer.sent if letter.link]
        if links and not any(waiting == token for waiting, _ in world.workflows.resumed):
            world.sign(world.link_token())
        return next(output for waiting, output in world.workflows.resumed if waiting == token)

    def wait(self, seconds: float) -> None:
        """Meanwhile the customer publishes, or does not, and SES sees it."""
        world = self._world
        world.clock.advance(timedelta(seconds=seconds))
        domain = world.store.requests[self._request_id].request.domain
        if not (self._publishes and world.domain(domain).records):
            return
        world.publish_everything(domain)
        world.ses_sees_it(domain)
        if world.domain(domain).mail_from is not None:
            world.identities.change(domain, mail_from_status=IdentityStatus.SUCCESS)

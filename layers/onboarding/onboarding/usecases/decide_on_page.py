"""An agent's yes or no, given on the agents' page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from onboarding.domain.approval import ApprovalStatus
from onboarding.usecases.decide_approval import ApprovalExpired, decide_approval
from onboarding.usecases.show_approval import Asked, show_approval

if TYPE_CHECKING:
    from onboarding.ports import Clock, PageLinks, Workflows
    from onboarding.usecases.deliver_decision import Store

MAX_NOTE: Final = 500
"""Characters of the reason that the timeline and the ticket show."""

ANSWERS: Final = {"approve": ApprovalStatus.GIVEN, "refuse": ApprovalStatus.REFUSED}


@dataclass(frozen=True, slots=True)
class Answered:
    """The question as it is now. ``counted`` says that it was this answer that decided it;
    ``said`` is false where nothing was answered: no choice, no right to, or too late."""

    asked: Asked
    said: bool
    counted: bool = False


def decide_on_page(
    token: str,
    approval_id: str,
    fields: Mapping[str, str],
    *,
    links: PageLinks,
    store: Store,
    workflows: Workflows,
    clock: Clock,
    real_clock: Clock,
) -> Answered | None:
    """Nothing where the link opens nothing, or not this approval. The first decision counts,
    whoever gives it where; the agent is the one that the link was made for."""

    def now_asked() -> Asked | None:
        return show_approval(
            token, approval_id, links=links, store=store, clock=clock, real_clock=real_clock
        )

    asked = now_asked()
    if asked is None:
        return None
    answer = ANSWERS.get(fields.get("answer", ""))
    if answer is None or not asked.may_decide or asked.link.by is None:
        return Answered(asked, said=False)
    note = " ".join(fields.get("note", "").split())[:MAX_NOTE] or None
    try:
        decided = decide_approval(
            approval_id, answer, asked.link.by, note,
            store=store, workflows=workflows, clock=clock,
        )  # fmt: skip
    except ApprovalExpired:
        return Answered(asked, said=False)
    return Answered(now_asked() or asked, said=True, counted=decided.counted)

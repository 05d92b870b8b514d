"""``POST /console/{token}/approvals/{approval_id}``: an agent's yes or no."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, body_of, form_of, is_from_elsewhere, page, see_other, steady
from onboarding.observability import logger
from onboarding.usecases.decide_on_page import decide_on_page

MAX_BODY_OCTETS = 16 * 1024

app = Bootstrap()
links, store, workflows = app.pages, app.store, app.waiting_tasks
pages = app.later("console_pages")  # an answer leads back to the question


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    if is_from_elsewhere(event):
        return page(403, pages.refused("The form came from another website."), pages.policy)
    fields = form_of(event) if len(body_of(event)) <= MAX_BODY_OCTETS else None
    if fields is None:
        return page(400, pages.refused("What was sent is not the page's form."), pages.policy)
    path = event["pathParameters"]
    answered = decide_on_page(
        path["token"],
        path["approval_id"],
        fields,
        links=links,
        store=store,
        workflows=workflows,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if answered is None:
        return page(404, pages.unknown(), pages.policy)
    approval_id = answered.asked.approval.approval_id
    logger.info("answered", extra={"approval_id": approval_id, "counted": answered.counted})
    said = "counted" if answered.counted else "before" if answered.said else "nothing"
    # To the question by GET: loading it again decides nothing.
    return see_other(f"{approval_id}?said={said}")

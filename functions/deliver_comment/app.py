"""On the outbox: say one comment in its ticket, or let its ticket's line wait."""

import json
from functools import partial
from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.request import Ticket
from onboarding.observability import logger, task
from onboarding.usecases.deliver_comment import Delivered, GivenUp, Later, deliver_comment
from onboarding.usecases.link_agents import links_for_ticket

app = Bootstrap()
outbox, queue, desks = app.desks, app.comment_queue, app.ticket_desks
links_of = partial(
    links_for_ticket,
    store=app.later("store"),  # what customers read has no links
    links=app.later("pages"),
    addresses=app.later("page_addresses"),
    real_clock=app.real_clock,
    random=app.random,
)


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    [record] = event["Records"]  # the mapping takes them one by one: see the template
    message = json.loads(record["body"])
    ticket, key = Ticket(message["source"], message["ticket_id"]), message["key"]
    desk = desks.get(ticket.source)
    if desk is None:
        queue.give_up(ticket, key, f"nothing is written back to {ticket.source}")
        return {"batchItemFailures": []}
    outcome = deliver_comment(
        ticket,
        key,
        outbox=outbox,
        desk=desk,
        links_of=links_of,
        clock=app.real_clock,
        random=app.random,
    )
    match outcome:
        case Delivered(note):
            if note:
                logger.warning("the ticket's status was not changed", extra={"reason": note})
        case Later(seconds, why):
            logger.warning("waits", extra={"seconds": seconds, "reason": why})
            queue.postpone(record["receiptHandle"], seconds)
            return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
        case GivenUp(why):
            logger.error("given up", extra={"reason": why})
            queue.give_up(ticket, key, why)
    return {"batchItemFailures": []}

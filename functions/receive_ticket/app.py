"""``POST /tickets/{source}``: a webhook call of a ticket system."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.contracts import InvalidRequest
from onboarding.domain.delivery import Accepted
from onboarding.domain.service import AcceptedService
from onboarding.http import Answer, answer, body_of, error, headers_of, status_url
from onboarding.observability import logger
from onboarding.port_errors import DeskBusy, NotAuthentic, SourceNotSetUp
from onboarding.usecases.receive_ticket import (
    MAX_BODY_OCTETS,
    Answered,
    BodyTooLarge,
    receive_ticket,
)

app = Bootstrap()
store, workflows, rules, sources = app.store, app.workflows, app.rules, app.ticket_sources
documents, texts = app.later("documents"), app.later("document_texts")


def handler(event: dict[str, Any], context: Any) -> Answer:
    source = sources.get(event["pathParameters"]["source"])
    if source is None:
        return error(404, "unknown_source", f"Known ticket sources: {', '.join(sources)}.")
    try:
        received = receive_ticket(
            source,
            headers_of(event),
            body_of(event),
            rules=rules,
            store=store,
            documents=documents,
            texts=texts,
            workflows=workflows,
            services=lambda: (app.services, app.service_workflows),
            batches=lambda: (app.batches, app.batch_files, app.batch_workflows),
            clock=app.clock,
            random=app.random,
        )
    except BodyTooLarge:
        return error(413, "too_large", f"The body may have at most {MAX_BODY_OCTETS} octets.")
    except NotAuthentic as reason:
        logger.warning("refused a call", extra={"source": source.name, "reason": str(reason)})
        return error(401, "not_authentic", "The signature or its time is missing or not valid.")
    except (DeskBusy, SourceNotSetUp) as reason:
        # Nothing was kept: the ticket system sends it again.
        logger.error("could not read a call", extra={"source": source.name, "reason": str(reason)})
        return error(503, "try_again", "The call could not be checked now. Send it again later.")
    except InvalidRequest as invalid:
        return answer(422, {"errors": [e.as_json() for e in invalid.errors]})
    return _answer(event, source.name, received)


def _answer(
    event: dict[str, Any], source: str, received: Accepted | AcceptedService | Answered
) -> Answer:
    if isinstance(received, Answered):
        logger.info("answered", extra={"source": source})
        return answer(200, received.body)
    request_id = received.stored.request_id
    logger.info("accepted", extra={"request_id": request_id, "is_new": received.is_new})
    url = status_url(event, request_id, app.settings.api_url)
    status = 202 if received.is_new else 200
    return answer(status, {"request_id": request_id, "status_url": url})

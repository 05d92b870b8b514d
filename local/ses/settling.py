"""Records what a look came to and journals the change: the one place where a status moves."""

from local.ses.records import Identity, Search
from local.ses.service import Service
from local.ses.verification import Change, Progress, Status, Which, verified


def settle(
    service: Service,
    identity: Identity,
    search: Search,
    progress: Progress,
    change: Change | None,
) -> None:
    """Record what a look came to, and journal a change of status."""
    decides = search.which is not Which.MAIL_FROM
    sends = verified(identity.verified, progress.status) if decides else None
    if not service.store.settle(search, progress, sends) or change is None:
        return
    service.journal.write(
        "status.changed",
        identity=identity.name,
        which=change.which.value,
        error=progress.error,
        **{"from": change.old.value, "to": change.new.value},
    )
    if decides and change.new is Status.SUCCESS and not identity.verified:
        service.journal.write("identity.verified", identity=identity.name)

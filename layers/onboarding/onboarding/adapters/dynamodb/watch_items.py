"""A watch as an item: small, since one is written after every check."""

from datetime import datetime, timedelta

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.table import Item, body_of, item_key, shard, sortable
from onboarding.domain.lifecycle import State
from onboarding.domain.watch import Watch


def watch_key(domain: str) -> Item:
    return item_key(f"DOMAIN#{domain}", "WATCH")


def watch_listing(domain: str) -> Item:
    return {"S": f"DUE#{shard(domain):02}"}


def watch_item(watch: Watch) -> Item:
    first = watch.first_negative_at
    body = {
        "domain": watch.domain,
        "told": watch.told.value,
        "first_negative_at": None if first is None else first.isoformat(),
        "nameservers": list(watch.nameservers),
        "interval": watch.interval.total_seconds(),
        "missing_at_ses": watch.missing_at_ses,
    }
    return {
        **watch_key(watch.domain),
        "body": {"S": mapping.dump(body)},
        # Beside the body: SES's list changes these alone.
        "ses": {"S": watch.ses},
        "ses_changed": {"BOOL": watch.ses_changed},
        "listing": watch_listing(watch.domain),
        "listed_at": {"S": sortable(watch.next_check_at)},
    }


def to_watch(item: Item) -> Watch:
    body = body_of(item)
    first = body["first_negative_at"]
    return Watch(
        domain=body["domain"],
        next_check_at=datetime.fromisoformat(item["listed_at"]["S"]),
        told=State(body["told"]),
        first_negative_at=None if first is None else datetime.fromisoformat(first),
        nameservers=tuple(body["nameservers"]),
        interval=timedelta(seconds=body["interval"]),
        ses=item["ses"]["S"],
        ses_changed=item["ses_changed"]["BOOL"],
        missing_at_ses=body["missing_at_ses"],
    )

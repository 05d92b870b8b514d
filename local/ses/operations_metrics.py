"""The operations on metrics: as if the Virtual Deliverability Manager were switched on."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, Final

from local.ses.errors import bad_request
from local.ses.service import Service, canonical

_MOST: Final = 10


async def batch_get_metric_data(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """BatchGetMetricData, of ``SEND`` by identity: a value for each day with mail.

    As at SES it leaves out the mailbox simulator and messages to more than one recipient.
    """
    queries = arguments["Queries"]
    if len(queries) > _MOST:
        raise bad_request(f"At most {_MOST} queries are allowed.")
    return {"Results": [_result(service, query) for query in queries], "Errors": []}


def _result(service: Service, query: Mapping[str, Any]) -> dict[str, Any]:
    dimensions = query.get("Dimensions", {})
    if query["Metric"] != "SEND" or dimensions.keys() != {"EMAIL_IDENTITY"}:
        raise bad_request("Only SEND by EMAIL_IDENTITY is served here.")
    name = canonical(dimensions["EMAIL_IDENTITY"])
    times = service.store.sent_times(name, query["StartDate"], query["EndDate"])
    days = Counter(datetime.fromtimestamp(at, UTC).date() for at in times)
    return {
        "Id": query["Id"],
        "Timestamps": [datetime.combine(day, time(), UTC) for day in sorted(days)],
        "Values": [days[day] for day in sorted(days)],
    }

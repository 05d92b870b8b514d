"""EventBridge as the port ``EventBus``."""

import json
from typing import Any, Final

from onboarding.port_errors import BusUnavailable

SOURCE: Final = "xes.onboarding"


class EventBridgeBus:
    """Publishes to the bus ``name``."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "EventBusName": self._name,
        }
        answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            # PutEvents answers 200 for a refused entry: the code inside says so.
            raise BusUnavailable(answer["Entries"][0].get("ErrorCode", ""))

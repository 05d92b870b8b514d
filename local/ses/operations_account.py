"""The operations on the account."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from local.ses.errors import SesError
from local.ses.service import Service

_DAY: Final = timedelta(hours=24)


def production_access(service: Service) -> bool:
    """Is the account out of the sandbox?"""
    return not service.settings.sandbox


def sending_enabled(service: Service) -> bool:
    """Has the account not paused its sending?"""
    return service.store.setting("sending") != "false"


def sent_today(service: Service) -> int:
    """Recipients of the last 24 simulated hours."""
    return service.store.count_sent(service.clock.now() - _DAY)


async def get_account(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """GetAccount."""
    details = service.store.setting("details")
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": production_access(service),
        "SendQuota": {
            "Max24HourSend": float(service.settings.daily_quota),
            "MaxSendRate": service.settings.send_rate,
            "SentLast24Hours": float(sent_today(service)),
        },
        "SendingEnabled": sending_enabled(service),
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "Details": json.loads(details) if details else None,
    }


async def put_sending(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutAccountSendingAttributes."""
    enabled = arguments.get("SendingEnabled", False)
    service.store.put_setting("sending", json.dumps(enabled))
    service.journal.write("account.sending", enabled=enabled)
    return {}


async def put_details(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutAccountDetails: a person at AWS decides on it; here the review stays pending.

    Details can be put once only, as in reality: ConflictException afterwards.
    """
    if service.store.setting("details"):
        raise SesError("ConflictException", "The account details have been submitted already.")
    details = {key: value for key, value in arguments.items() if key != "ProductionAccessEnabled"}
    details["ReviewDetails"] = {"Status": "PENDING", "CaseId": "0000000000"}
    service.store.put_setting("details", json.dumps(details))
    service.journal.write("account.details", mail_type=arguments["MailType"])
    return {}

"""The representative's lists in the table; only the command line reads them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.provisioned import account_key, version_of
from onboarding.adapters.dynamodb.services import DynamoDbServices
from onboarding.adapters.dynamodb.table import body_of, number
from onboarding.domain.setup_list import Review, SetupItem, SetupList, Tick

Json = dict[str, Any]


class DynamoDbSetups(DynamoDbServices):
    """Implements ``SetupStore``, and with it everything that ``DynamoDbServices`` does."""

    def setup_list(self, account_id: str) -> SetupList:
        item = self._get(account_key(account_id, "SETUP"))
        if item is None:
            return SetupList(account_id, {})
        return _setup_from_json(body_of(item), version_of(item))

    def save_setup_list(self, changed: SetupList) -> SetupList:
        saved = replace(changed, version=changed.version + 1)
        body = {"S": mapping.dump(_setup_to_json(saved))}
        key = account_key(changed.account_id, "SETUP")
        self._replace({**key, "body": body, "version": number(saved.version)}, changed.version)
        return saved


def _setup_to_json(setup: SetupList) -> Json:
    review = setup.review
    return {
        "account_id": setup.account_id,
        "ticks": {
            item.value: {"at": tick.at.isoformat(), "by": tick.by, "note": tick.note}
            for item, tick in setup.ticks.items()
        },
        "sheet": setup.sheet,
        "review": review
        and {"at": review.at.isoformat(), "passed": review.passed, "message": review.message},
    }


def _setup_from_json(data: Json, version: int) -> SetupList:
    review = data["review"]
    return SetupList(
        account_id=data["account_id"],
        ticks={
            SetupItem(item): Tick(datetime.fromisoformat(tick["at"]), tick["by"], tick["note"])
            for item, tick in data["ticks"].items()
        },
        sheet=data["sheet"],
        review=review
        and Review(datetime.fromisoformat(review["at"]), review["passed"], review["message"]),
        version=version,
    )

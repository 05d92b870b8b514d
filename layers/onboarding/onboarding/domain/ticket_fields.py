"""Which field of a ticket system's payload is which of ours: configuration, checked before it is
kept, and applied to payloads.

A path names a value inside the payload: ``ticket.domain``, ``issue.fields.customfield_10050``. The
account is never read from a field that a requester writes: such a mapping is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from onboarding.domain.refusal import FieldError
from onboarding.domain.ticket_standing import TicketStanding

_PATH: Final = re.compile(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80}){0,8}\Z")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\Z")

TEXTS: Final = frozenset(
    {
        "domain", "address", "contact_email", "dmarc.policy", "dmarc.report_to", "mail_from",
        "approval_id", "by", "note", "ticket_id", "service", "new_account_id",
        "responsibility_document.reference", "responsibility_document.signed_by",
        "responsibility_document.signed_at",
    }
)  # fmt: skip
NUMBERS: Final = frozenset({"dmarc.percent", "quantity", "target_rate"})
LISTS: Final = frozenset({"methods"})
FIELDS: Final = TEXTS | NUMBERS | LISTS
"""What of an event's ``data`` can be mapped; a dot goes into an object of ours."""

_FREE_TEXT: Final = frozenset(
    {
        "body", "comment", "comments", "description", "description_text", "description_html",
        "latest_comment", "latest_public_comment", "name", "raw_subject", "reporter", "requester",
        "subject", "summary", "text", "title",
    }
)  # fmt: skip
"""Names of fields that whoever writes a ticket fills in."""

_SEPARATORS: Final = re.compile(r"[\s,;+/]+")


class InvalidSettings(Exception):
    """Raised with every ``FieldError`` of a configuration."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Decision:
    """By which field of the ticket an agent answers an approval, and what it then holds."""

    field: str
    given: str = "approved"
    refused: str = "refused"

    def status(self, value: Any) -> str | None:
        """``approval.given``, ``approval.refused`` or nothing."""
        said = _plain(value)
        if isinstance(said, str) and said.strip().lower() == self.given.lower():
            return "approval.given"
        if isinstance(said, str) and said.strip().lower() == self.refused.lower():
            return "approval.refused"
        return None


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How one ticket system is read and written.

    ``account_id`` is fixed (the secret's owner), or ``account_path`` says where it stands; with
    ``accounts`` what stands there is looked up. ``statuses`` says which status a ticket gets.
    """

    base_url: str
    fields: Mapping[str, str]
    account_id: str | None = None
    account_path: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    decision: Decision | None = None
    statuses: Mapping[TicketStanding, str] = field(default_factory=dict)
    tags: bool = True

    def account(self, payload: Mapping[str, Any]) -> str | None:
        if self.account_path is None:
            return self.account_id
        found = _plain(at(payload, self.account_path))
        if found in (None, ""):
            return None
        return self.accounts.get(str(found)) if self.accounts else str(found)

    def data(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """``data`` of an event of ours; what the ticket does not say is absent."""
        data: dict[str, Any] = {}
        for name, path in self.fields.items():
            value = self._value(name, at(payload, path))
            if value not in (None, "", []):
                _put(data, name, value)
        account = self.account(payload)
        if account is not None:
            data["account_id"] = account
        return data

    def text(self, payload: Mapping[str, Any]) -> str:
        """What people wrote, for reading only."""
        return "\n".join(str(found) for path in self.texts if (found := at(payload, path)))

    def _value(self, name: str, raw: Any) -> Any:
        known = self.values.get(name, {})
        if name in LISTS:
            return [known.get(part, part.lower()) for part in _parts(raw)]
        value = _plain(raw)
        if isinstance(value, str):
            value = known.get(value.strip(), value.strip())
        return _number(value) if name in NUMBERS else value


def at(payload: Any, path: str) -> Any:
    """What stands at ``path``; none where nothing does."""
    for part in path.split("."):
        if not isinstance(payload, Mapping):
            return None
        payload = payload.get(part)
    return payload


def _plain(value: Any) -> Any:
    """The value of a choice (``{"value": …}``), else the value itself; objects say nothing."""
    if isinstance(value, Mapping):
        inner = value.get("value", value.get("name"))
        return None if isinstance(inner, Mapping | list) else inner
    return None if isinstance(value, list | bool) else value


def _parts(raw: Any) -> list[str]:
    if isinstance(raw, list):
        return [str(plain).strip() for item in raw if (plain := _plain(item))]
    plain = _plain(raw)
    return [part for part in _SEPARATORS.split(str(plain)) if part] if plain else []


def _number(value: Any) -> Any:
    """A number that was written as text; anything else is left for the event's own check."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
        try:
            return float(value)
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    outer, _, inner = name.partition(".")
    if inner:
        data.setdefault(outer, {})[inner] = value
    else:
        data[outer] = value


# ---------------------------------------------------------------- the configuration, checked


def parse_settings(
    given: Mapping[str, Any],
    defaults: Mapping[str, str],
    texts: tuple[str, ...] = (),
    *,
    plain_http: bool = False,
) -> SourceSettings:
    """The settings in ``given``, over the source's own ``defaults`` (field to path) and ``texts``.

    ``plain_http`` allows addresses without TLS, for a local world. Raises ``InvalidSettings`` with
    every reason.
    """
    errors = list(_errors(given, plain_http=plain_http))
    if errors:
        raise InvalidSettings(*errors)
    account = given["account_id"]
    decision = given.get("approval")
    return SourceSettings(
        base_url=given["base_url"].rstrip("/"),
        fields={**defaults, **given.get("fields", {})},
        account_id=account.get("value"),
        account_path=account.get("field"),
        accounts=account.get("accounts", {}),
        values=given.get("values", {}),
        texts=tuple(given.get("text", texts)),
        decision=Decision(**decision) if decision else None,
        statuses={TicketStanding(k): v for k, v in given.get("statuses", {}).items()},
        tags=given.get("tags", True),
    )


_KEYS: Final = (
    "base_url", "account_id", "fields", "values", "text", "approval", "statuses", "tags",
)  # fmt: skip


def _errors(given: Mapping[str, Any], *, plain_http: bool) -> Iterator[FieldError]:
    for unknown in sorted(set(given) - set(_KEYS)):
        yield FieldError(unknown, "unknown_setting", f"The settings are {', '.join(_KEYS)}.")
    yield from _about_the_address(given.get("base_url"), plain_http=plain_http)
    yield from _about_the_account(given.get("account_id"))
    yield from _about_the_fields(given.get("fields", {}))
    yield from _about_the_values(given.get("values", {}))
    if not _is_list_of_paths(given.get("text", [])):
        yield FieldError("text", "not_a_path", "Give a list of paths, e.g. ticket.text.")
    yield from _about_the_decision(given.get("approval"))
    yield from _about_the_statuses(given.get("statuses", {}))
    if not isinstance(given.get("tags", True), bool):
        yield FieldError("tags", "invalid_type", "This has to be true or false.")


def _about_the_address(url: Any, *, plain_http: bool) -> Iterator[FieldError]:
    parts = urlsplit(url) if isinstance(url, str) else None
    schemes = ("https", "http") if plain_http else ("https",)
    if parts is None or parts.scheme not in schemes or not parts.hostname or parts.query:
        yield FieldError(
            "base_url", "not_an_address", "Give the ticket system's address, with https://."
        )
    elif parts.username or parts.password:
        yield FieldError("base_url", "secret_in_address", "Secrets belong into Secrets Manager.")


def _about_the_account(account: Any) -> Iterator[FieldError]:
    if not isinstance(account, Mapping) or set(account) not in (
        {"value"},
        {"field"},
        {"field", "accounts"},
    ):
        yield FieldError(
            "account_id",
            "required",
            'Give {"value": "ID"} where all tickets are one account\'s, or {"field": "PATH"}.',
        )
    elif "value" in account:
        if not isinstance(account["value"], str) or not _ACCOUNT.match(account["value"]):
            yield FieldError("account_id.value", "invalid_characters", "Give an account's id.")
    else:
        yield from _about_the_account_field(account["field"], account.get("accounts", {}))


def _about_the_account_field(path: Any, accounts: Any) -> Iterator[FieldError]:
    if not _is_path(path):
        yield FieldError("account_id.field", "not_a_path", "Give a path, e.g. ticket.account.")
    elif _FREE_TEXT & set(path.lower().split(".")):
        yield FieldError(
            "account_id.field",
            "free_text",
            "Whoever writes a ticket fills this field in: take one that only agents can change, or "
            "the id of the organisation.",
        )
    if not _is_texts(accounts):
        yield FieldError("account_id.accounts", "invalid_type", "Give texts by texts.")


def _about_the_fields(fields: Any) -> Iterator[FieldError]:
    if not isinstance(fields, Mapping):
        yield FieldError("fields", "invalid_type", "Give paths by our fields' names.")
        return
    for name, path in fields.items():
        if name == "account_id":
            yield FieldError("fields.account_id", "elsewhere", "This is set by account_id itself.")
        elif name not in FIELDS:
            known = ", ".join(sorted(FIELDS))
            yield FieldError(f"fields.{name}", "unknown_field", f"The fields are {known}.")
        elif not _is_path(path):
            yield FieldError(f"fields.{name}", "not_a_path", "Give a path, e.g. ticket.domain.")


def _about_the_values(values: Any) -> Iterator[FieldError]:
    if not isinstance(values, Mapping):
        yield FieldError("values", "invalid_type", "Give, by our field's name, texts by texts.")
        return
    for name, known in values.items():
        if name not in TEXTS | LISTS:
            yield FieldError(f"values.{name}", "unknown_field", "Only texts and methods have them.")
        elif not _is_texts(known):
            yield FieldError(f"values.{name}", "invalid_type", "Give texts by texts.")


def _about_the_decision(decision: Any) -> Iterator[FieldError]:
    if decision is None:
        return
    if (
        not _is_texts(decision)
        or not {"field"} <= set(decision) <= {"field", "given", "refused"}
        or not _is_path(decision["field"])
    ):
        yield FieldError(
            "approval",
            "invalid_type",
            'Give {"field": "PATH", "given": "approved", "refused": "refused"}.',
        )
    elif _FREE_TEXT & set(decision["field"].lower().split(".")):
        yield FieldError("approval.field", "free_text", "Take a field that only agents can change.")
    elif decision.get("given", "approved").lower() == decision.get("refused", "refused").lower():
        yield FieldError("approval.refused", "same_value", "Yes and no have to be told apart.")


def _about_the_statuses(statuses: Any) -> Iterator[FieldError]:
    known = [standing.value for standing in TicketStanding]
    if not _is_texts(statuses) or not set(statuses) <= set(known):
        yield FieldError(
            "statuses", "unknown_standing", f"Give statuses by any of {', '.join(known)}."
        )


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and _PATH.match(path) is not None


def _is_list_of_paths(paths: Any) -> bool:
    return isinstance(paths, list | tuple) and all(_is_path(path) for path in paths)


def _is_texts(texts: Any) -> bool:
    return isinstance(texts, Mapping) and all(
        isinstance(k, str) and isinstance(v, str) and v for k, v in texts.items()
    )

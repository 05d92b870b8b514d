"""The responsibility document: its text word for word, what a signature is, who answers when."""

import hashlib
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.document_texts import TEMPLATES, VERSIONS, TemplateTexts
from onboarding.domain.document import (
    PATIENCE,
    RECEIPT_PERIOD,
    DocumentState,
    StoredFile,
    due_reminder,
)
from onboarding.domain.responsibility import (
    Holding,
    Period,
    Responsible,
    begun,
    ended,
    held_on,
    holder_at,
    interrupted,
    provider_days,
    responsible_at,
    runs,
)
from onboarding.domain.signing_form import read_form
from onboarding.domain.tokens import token_hash
from tests.support.documents import FACTS, a_document, a_signature
from tests.support.values import NOW

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

FINGERPRINTS = {"1": "4aa8fd71b0ffd41d6cd6ae093f2b845fe61585ba581b7e44471515833c6b9f2f"}
"""SHA-256 of each version's template: people have signed texts made of it."""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_that_was_issued_stays_as_it_is_word_for_word(version: str) -> None:
    template = (TEMPLATES / f"{version}.txt.j2").read_bytes()
    assert hashlib.sha256(template).hexdigest() == FINGERPRINTS[version]


def test_every_template_is_a_version_and_the_last_one_is_issued() -> None:
    assert {path.name for path in TEMPLATES.iterdir()} == {f"{v}.txt.j2" for v in VERSIONS}
    assert TemplateTexts().current == VERSIONS[-1]


@pytest.mark.parametrize("version", ["0", "2", "../mail/document", ""])
def test_a_version_that_was_never_issued_is_unknown(version: str) -> None:
    with pytest.raises(LookupError):
        TemplateTexts().write(FACTS, version)


def test_the_text_says_what_for_whom_since_when_and_how_it_ends() -> None:
    text = TemplateTexts().write(FACTS, "1")
    assert "Document RD-0000000000A1, text version 1, issued on 23 November 2026" in text
    for said in (
        "The account acme asks that e-mail from the domain news.example.com",
        "a MAIL FROM domain of its own: bounce.news.example.com.",
        "a. Hard bounces. Addresses that do not exist or refuse your mail are for you to find",
        "b. Complaints. People who report your mail as unwanted are for you to find out about",
        "a. We do not track the bounces and complaints of mail from news.example.com for you",
        "b. We provide no analytics for this mail",
        "You are responsible from the moment at which this document is signed and "
        "bounce.news.example.com is set",
        "You can revoke this at any time: say so in your support ticket.",
        "bounces and complaints of mail sent from then on are ours to track again",
    ):
        assert said in text


def test_what_is_signed_is_the_hash_of_the_exact_text() -> None:
    document = a_document()
    assert document.sha256 == hashlib.sha256(document.text.encode("utf-8")).hexdigest()
    assert replace(document, text=document.text + " ").sha256 != document.sha256


# Who answers

START, END = NOW, NOW + timedelta(days=30)
PERIOD = Period("acme", "RD-1", START, END)


@pytest.mark.parametrize(
    ("at", "responsible"),
    [
        (START - SECOND, Responsible.PROVIDER),
        (START, Responsible.CUSTOMER),
        (END - SECOND, Responsible.CUSTOMER),
        (END, Responsible.PROVIDER),
    ],
)
def test_the_customer_answers_from_the_signature_to_the_revocation(
    at: datetime, responsible: Responsible
) -> None:
    assert responsible_at((PERIOD,), "acme", at) is responsible


def test_what_is_not_revoked_lasts_and_another_account_answers_for_nothing() -> None:
    lasting = (replace(PERIOD, until=None),)
    assert responsible_at(lasting, "acme", END + timedelta(days=999)) is Responsible.CUSTOMER
    assert responsible_at(lasting, "globex", END) is Responsible.PROVIDER
    assert responsible_at((), "acme", END) is Responsible.PROVIDER


def test_a_period_that_is_ended_twice_keeps_its_first_end() -> None:
    periods = ended((PERIOD, replace(PERIOD, until=None)), END + SECOND)
    assert [p.until for p in periods] == [END, END + SECOND]


def test_what_is_signed_for_begins_with_its_use_and_anew_after_an_interruption() -> None:
    signed = (PERIOD, Period("acme", "RD-2", None))
    assert not runs(signed)
    assert responsible_at(signed[1:], "acme", END) is Responsible.PROVIDER
    used = begun(signed, END)
    assert (runs(used), used[1].since) == (True, END)
    assert begun(used, END + SECOND) == used
    stopped = interrupted(used, END + SECOND)
    assert stopped == (PERIOD, Period("acme", "RD-2", END, END + SECOND), signed[1])
    assert interrupted(stopped, END + 2 * SECOND) == stopped
    assert ended(stopped, END + 2 * SECOND)[2].covers(END + 2 * SECOND) is False


@pytest.mark.parametrize(
    ("periods", "days"),
    [
        ((), [0, 1, 2, 3]),
        ((Period("acme", "RD-1", NOW + DAY),), [0]),
        ((Period("acme", "RD-1", NOW + DAY, NOW + 2 * DAY),), [0, 3]),
        ((Period("acme", "RD-1", None),), [0, 1, 2, 3]),
        ((Period("globex", "RD-1", NOW),), [0, 1, 2, 3]),
    ],
)
def test_whole_days_of_the_provider(periods: tuple[Period, ...], days: list[int]) -> None:
    first = NOW.date()
    found = provider_days(periods, (), "acme", first, first + 3 * DAY)
    assert [(day - first).days for day in found] == days


def test_a_day_on_which_a_domain_changed_hands_is_nobodys() -> None:
    held = (Holding("acme", "org-acme", NOW), Holding("globex", "g", NOW + DAY))
    first = NOW.date() - DAY
    for account, days in (("acme", [0, 1]), ("globex", [3])):
        found = provider_days((), held, account, first, first + 3 * DAY)
        assert [(day - first).days for day in found] == days


# Where it stands


def test_whose_a_domain_was_is_asked_for_each_moment() -> None:
    acme, globex = Holding("acme", "org-acme", NOW), Holding("globex", "g", NOW + SECOND)
    held = held_on(held_on((), "acme", "org-acme", NOW), "globex", "g", NOW + SECOND)
    assert held == (acme, globex)
    assert holder_at(held, NOW - SECOND) == acme, "who had it first had it before it came here"
    assert [holder_at(held, NOW + n * SECOND) for n in (0, 1, 9)] == [acme, globex, globex]


def test_whoever_has_it_already_begins_nothing_new() -> None:
    held = held_on((), "acme", "org-acme", NOW)
    assert held_on(held, "acme", "org-acme", NOW + SECOND) == held


def test_a_document_can_be_signed_for_14_days_and_its_receipt_is_shown_for_30() -> None:
    document = a_document()
    assert document.is_open(NOW + PATIENCE - SECOND)
    assert not document.is_open(NOW + PATIENCE)
    assert not document.shows_receipt(NOW)
    signed = document.signed(a_signature())
    assert not signed.is_open(NOW)
    assert signed.shows_receipt(NOW + RECEIPT_PERIOD - SECOND)
    assert not signed.shows_receipt(NOW + RECEIPT_PERIOD)
    assert not replace(signed, state=DocumentState.REVOKED).shows_receipt(NOW)


def test_a_document_is_settled_when_its_outcome_is_delivered_and_its_paper_filed() -> None:
    file = StoredFile("key", "sha")
    signed = a_document().signed(a_signature())
    assert not a_document().is_settled()
    assert not replace(a_document(), delivered=True).is_settled()
    assert not signed.is_settled()
    assert not replace(signed, delivered=True).is_settled()
    assert not replace(signed, file=file).is_settled()
    assert replace(signed, delivered=True, file=file).is_settled()
    assert replace(a_document(), state=DocumentState.EXPIRED, delivered=True).is_settled()


@pytest.mark.parametrize(
    ("days", "reminded", "due"),
    [
        (2.99, (), None),
        (3, (), "day_3"),
        (3, ("day_3",), None),
        (7, ("day_3",), "day_7"),
        (12.9, ("day_7",), None),
        (13, ("day_7",), "day_13"),
        (13.5, ("day_13",), None),
        (13.5, (), "day_13"),
    ],
)
def test_reminders_are_due_on_three_days_and_after_a_gap_only_the_newest(
    days: float, reminded: tuple[str, ...], due: str | None
) -> None:
    document = a_document(reminded=frozenset(reminded))
    assert due_reminder(document, NOW + timedelta(days=days)) == due


@given(st.text())
def test_the_hash_of_any_token_is_64_hexadecimal_digits(token: str) -> None:
    assert len(token_hash(token)) == 64
    assert token_hash(token) != token


def test_even_half_a_surrogate_pair_is_a_token_that_opens_nothing() -> None:
    assert len(token_hash("\ud800")) == 64


# What is typed

FORM = {"name": "Ada Owner", "role": "Head of IT", "consent": "yes"}


def errors(**changes: str) -> list[tuple[str, str]]:
    return [(e.field, e.code) for e in read_form({**FORM, **changes}).errors]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Ada \t Owner ", "Ada Owner"),
        ("Zoe\u0308 Łukasiewicz", "Zoë Łukasiewicz"),
        ("Ελένη Παπαδοπούλου", "Ελένη Παπαδοπούλου"),
        ("Пётр Иванов", "Пётр Иванов"),
        ("李 小龍", "李 小龍"),
        ("محمد علی\u200cزاده", "محمد علی\u200cزاده"),
        ("O’Neill-D'Arcy, Jr. <b>", "O’Neill-D'Arcy, Jr. <b>"),
    ],
)
def test_names_are_taken_as_people_write_them(typed: str, read: str) -> None:
    form = read_form({**FORM, "name": typed})
    assert (form.name, form.errors) == (read, ())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": ""}, [("name", "required")]),
        ({"name": " \u00a0\u3000"}, [("name", "required")]),
        ({"name": "x" * 121}, [("name", "too_long")]),
        ({"name": "..."}, [("name", "invalid_characters")]),
        ({"name": "Ada\x00"}, [("name", "invalid_characters")]),
        ({"name": "Ada\u202eada"}, [("name", "invalid_characters")]),
        ({"name": "Ada\ud800"}, [("name", "invalid_characters")]),
        ({"name": "Ada\uffff"}, [("name", "invalid_characters")]),
        ({"role": "42"}, [("role", "invalid_characters")]),
        ({"consent": "no"}, [("consent", "required")]),
        ({"consent": "on"}, [("consent", "required")]),
        (
            {"name": "", "role": "", "consent": ""},
            [("name", "required"), ("role", "required"), ("consent", "required")],
        ),
    ],
)
def test_what_is_no_signature_is_refused_field_by_field(
    changes: dict[str, str], found: list[tuple[str, str]]
) -> None:
    assert errors(**changes) == found


def test_an_empty_form_names_everything_that_is_missing() -> None:
    assert [e.field for e in read_form({}).errors] == ["name", "role", "consent"]
    assert all(e.message for e in read_form({}).errors)


@given(st.text(max_size=300), st.text(max_size=300))
def test_what_is_read_is_short_composed_and_without_controls(name: str, role: str) -> None:
    form = read_form({"name": name, "role": role, "consent": "yes"})
    for text in (form.name, form.role):
        assert len(text) <= 120
    if not form.errors:
        for text in (form.name, form.role):
            assert text == " ".join(unicodedata.normalize("NFC", text).split())
            assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
            text.encode()


def test_times_of_a_document_are_aware() -> None:
    assert a_document().expires_at == datetime(2026, 12, 7, 10, 0, tzinfo=UTC)

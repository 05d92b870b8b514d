"""Letters as e-mails: what each says, in both parts, and that it can be copied word for word."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sample_letters import (
    ASKED,
    CLOUDFLARE,
    GODADDY,
    LINK,
    NOW,
    OVH,
    PAGE,
    RECORDS,
    letter,
    report,
    samples,
    with_mistakes,
)
from sample_letters import as_published as published

from onboarding.adapters.mail.headings import HEADINGS
from onboarding.domain.dmarc_advice import PERCENT_NOTE, advise
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import DmarcDisposition, DmarcPolicy, Ticket
from tests.support.letters import (
    COMPOSER,
    WITHOUT_REPLIES,
    Reader,
    as_received,
    both_read,
    html_of,
    in_one_line,
    text_of,
)

SAMPLES = samples()
every_sample = pytest.mark.parametrize("name", list(SAMPLES))
every_kind = pytest.mark.parametrize("kind", list(LetterKind))

ROOT = Path(__file__).parents[2]
DOMAIN = "news.example.com"
ADDING = "Add {} DNS records for news.example.com"


def test_there_is_a_sample_of_every_kind() -> None:
    assert {made.kind for made in SAMPLES.values()} == set(LetterKind)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("records", ADDING.format(6)),
        ("records_at_cloudflare", ADDING.format(6)),
        ("records_beside_a_policy", ADDING.format(4) + " and change 1"),
        ("records_there_already", f"Nothing to do: the DNS records for {DOMAIN} are there already"),
        ("correction", "Correct the DNS of news.example.com"),
        ("reminder", "Still missing: the DNS records for news.example.com"),
        ("last_notice", "Last day: add the DNS records for news.example.com"),
        ("waiting_for_ses", f"Nothing to do: the DNS of {DOMAIN} is right, Amazon is checking it"),
        ("verified", "news.example.com is verified: you can send from it now"),
        ("expired", "news.example.com was not set up: its DNS records never came"),
        ("at_risk", "Repair the DNS of news.example.com: its e-mail is at risk"),
        ("lost", "news.example.com can no longer send: put its DNS records back"),
        ("recovered", "Nothing to do: the DNS of news.example.com is right again"),
        ("dns_moved", "Add the DNS records of news.example.com at its new name servers"),
        ("approval_requested", "Nothing to do yet: news.example.com waits for an approval"),
        ("document", "Please sign: bounces and complaints of news.example.com"),
        ("document_reminder", f"Still to be signed: the responsibility document for {DOMAIN}"),
        ("document_expired", "news.example.com was not set up: the document was not signed"),
        ("document_revoked", "news.example.com is sent with our MAIL FROM again"),
        ("feedback_warning", "news.example.com: too much e-mail comes back or is unwanted"),
        ("address_link", "Open the link that Amazon sent news@example.com"),
        ("address_reminder", "Still waiting: open the link that Amazon sent news@example.com"),
        ("address_last_notice", "Last day: open the link that Amazon sent news@example.com"),
        ("address_verified", "news@example.com is verified: you can send from it now"),
        ("address_expired", "news@example.com was not set up: the link was never opened"),
    ],
)  # fmt: skip
def test_the_subject_says_what_to_do(name: str, subject: str) -> None:
    assert str(as_received(SAMPLES[name])["Subject"]) == subject


def test_one_record_is_no_records() -> None:
    one = letter(LetterKind.RECORDS, records=RECORDS[:1])
    assert str(as_received(one)["Subject"]) == "Add 1 DNS record for news.example.com"
    for body in both_read(one):
        assert "Add 1 DNS record for news.example.com" in body


@every_sample
def test_a_letter_has_these_headers_and_no_others(name: str) -> None:
    made = SAMPLES[name]
    message = as_received(made)
    headers = {header: str(value) for header, value in message.items()}
    root = headers.pop("References")
    assert headers.pop("In-Reply-To") == root
    assert re.fullmatch(r"<[0-9a-f]{32}@xes\.example>", root)
    assert headers == {
        "From": "XES e-mail set-up <onboarding@xes.example>",
        "To": "dns@example.com",
        "Reply-To": "support+4711@xes.example",
        "Subject": headers["Subject"],
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{made.stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "X-XES-Mail": made.kind.value,
        "X-XES-Domain": made.domain,
        "X-XES-Request": "req_1",
        "MIME-Version": "1.0",
        "Content-Type": headers["Content-Type"],
    }


def test_the_address_that_ends_the_mails_is_on_one_line_as_mail_programs_read_it() -> None:
    stop = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/v1/unsubscribe/" + "b7" * 32
    octets = COMPOSER.compose(letter(LetterKind.RECORDS, stop=stop)).as_bytes()
    assert f"\r\nList-Unsubscribe: <{stop}>\r\n".encode() in octets
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in octets


@pytest.mark.parametrize("stop", ["https://x/\r\nBcc: a@b.example", "https://é.example/", "=?x?="])
def test_an_address_that_ends_the_mails_begins_no_other_header(stop: str) -> None:
    with pytest.raises(ValueError, match="no header may hold"):
        COMPOSER.compose(letter(LetterKind.RECORDS, stop=stop))


@every_sample
def test_both_parts_read_the_same_and_hold_no_template(name: str) -> None:
    made = SAMPLES[name]
    text, html = both_read(made)
    for body in (text, html):
        assert made.domain in body
        assert "{{" not in body
        assert "{%" not in body
        assert "None" not in body
        assert "()" not in body
        assert "[]" not in body
        assert made.ticket.ticket_id in body
    assert text.split(" ", 1)[0].isupper(), "the mark stands first"


@every_sample
def test_lines_of_the_text_fit_unless_they_are_one_value(name: str) -> None:
    for line in text_of(as_received(SAMPLES[name])).split("\n"):
        assert len(line) <= 72 or " " not in line or line.startswith("  "), line
        assert line == line.rstrip()
    assert "\n\n\n" not in text_of(as_received(SAMPLES[name]))


@every_sample
def test_a_letter_loads_nothing_from_anywhere(name: str) -> None:
    page = Reader(html_of(as_received(SAMPLES[name])))
    assert {"img", "script", "link", "iframe", "form", "svg"}.isdisjoint(page.elements)
    assert {"src", "background"}.isdisjoint(attribute for attribute, _ in page.attributes)
    assert "url(" not in html_of(as_received(SAMPLES[name]))
    assert "@import" not in html_of(as_received(SAMPLES[name]))


@every_kind
def test_the_link_to_the_page_is_a_button_and_bare_and_missing_without_a_page(
    kind: LetterKind,
) -> None:
    message = as_received(letter(kind))
    assert f"\n{PAGE}\n" in text_of(message)
    assert html_of(message).count(f'href="{PAGE}"') == 2
    assert PAGE in Reader(html_of(message)).text
    for body in both_read(letter(kind)):
        assert "may forward this link to whoever edits your DNS" in body
    for body in both_read(letter(kind, page=None)):
        assert "the page of this domain" not in body.lower()


# Threads and replies


def test_letters_of_one_request_and_domain_are_one_thread() -> None:
    roots = {str(as_received(letter(kind))["References"]) for kind in LetterKind}
    assert len(roots) == 1
    for changes in ({"domain": "shop.example.com"}, {"request_id": "req_2"}):
        assert str(as_received(letter(LetterKind.RECORDS, **changes))["References"]) not in roots


def test_replies_go_to_the_ticket_where_its_system_reads_mail() -> None:
    assert str(as_received(letter(LetterKind.RECORDS))["Reply-To"]) == "support+4711@xes.example"
    for body in both_read(letter(LetterKind.RECORDS)):
        assert "Answer this e-mail: it goes to your support ticket 4711." in body


def test_without_such_an_address_the_ticket_is_named() -> None:
    message = as_received(letter(LetterKind.RECORDS), WITHOUT_REPLIES)
    assert message["Reply-To"] is None
    for body in both_read(letter(LetterKind.RECORDS), WITHOUT_REPLIES):
        assert "Questions? Answer in your support ticket 4711." in body


# The records, as a person enters them


@pytest.mark.parametrize("name", ["records", "records_at_cloudflare", "records_without_a_file"])
def test_every_value_stands_in_both_parts_word_for_word(name: str) -> None:
    message = as_received(SAMPLES[name])
    boxes = re.findall(r'<td class="code"[^>]*>([^<]*)</td>', html_of(message))
    for record in RECORDS:
        value = record.value.removeprefix("10 ")
        assert f"\n    {value}\n" in text_of(message)
        assert value in boxes
    assert len(boxes) == 12


def test_in_neutral_words_a_name_is_given_in_full_alone_where_the_zone_is_not_known() -> None:
    text = text_of(as_received(letter(LetterKind.RECORDS)))
    assert f"\n  Name:\n    {RECORDS[0].name}\n  Value:\n" in text
    assert "\n  Type:  CNAME\n  TTL:   3600\n" in text
    assert "in full, where" not in text
    for body in both_read(letter(LetterKind.RECORDS)):
        assert "news.example.com” behind the field" in body.replace('"', "”")


def test_a_known_zone_gives_both_names_and_says_which_to_take() -> None:
    made = letter(LetterKind.RECORDS, zone="example.com")
    text, html = text_of(as_received(made)), Reader(html_of(as_received(made))).text
    assert "\n  Name:\n    _dmarc.news\n" in text
    assert (
        "(in full, where your DNS host asks for the whole name:)\n    _dmarc.news.example.com\n"
        in text
    )
    assert "_dmarc.news.example.com" in html
    for body in both_read(made):
        assert "The names are without example.com" in body


def test_a_known_host_gives_its_own_fields_and_the_name_that_it_wants() -> None:
    text = text_of(as_received(SAMPLES["records_at_cloudflare"]))
    name = RECORDS[0].name.removesuffix(".example.com")
    assert f"\n  Name:\n    {name}\n  Target:\n    {RECORDS[0].value}\n" in text
    assert "\n  Proxy status:  DNS only\n" in text
    assert (
        "\n  Name:\n    bounce.news\n  Mail server:\n    feedback-smtp.eu-west-1.amazonses.com\n"
        in text
    )
    assert "  Priority:  10\n" in text
    for body in both_read(SAMPLES["records_at_cloudflare"]):
        assert "at Cloudflare, in the DNS of example.com" in body
        assert "“proxy”" not in body, "its form has a field for that"


def test_a_host_that_wants_quotes_and_priorities_together_gets_them() -> None:
    servers = ("ns-1.awsdns-01.com", "ns-2.awsdns-02.net")
    text = text_of(as_received(letter(LetterKind.RECORDS, report=report([], servers))))
    assert "\n  Record name:\n    bounce.news\n" in text
    assert "\n    10 feedback-smtp.eu-west-1.amazonses.com\n" in text
    assert '\n    "v=spf1 include:amazonses.com ~all"\n' in text


def test_a_host_that_needs_the_final_dot_gets_it() -> None:
    servers = ("ns-1-a.gandi.net", "ns-2-b.gandi.net")
    text = text_of(as_received(letter(LetterKind.RECORDS, report=report([], servers))))
    assert f"\n    {RECORDS[0].value}.\n" in text


def test_no_dot_is_typed_where_the_host_puts_none() -> None:
    for line in text_of(as_received(SAMPLES["records_at_cloudflare"])).split("\n"):
        assert not (line.startswith("    ") and line.endswith("."))


@every_kind
def test_each_purpose_is_explained_once_where_its_records_are_to_be_added(kind: LetterKind) -> None:
    asking = letter(kind, missing=RECORDS)
    why = "Mail providers look here for the key with which your e-mail is signed"
    shows = kind in (
        LetterKind.RECORDS,
        LetterKind.CORRECTION,
        LetterKind.REMINDER,
        LetterKind.LAST_NOTICE,
        LetterKind.AT_RISK,
        LetterKind.LOST,
        LetterKind.DNS_MOVED,
    )
    for body in both_read(asking):
        assert body.count(why) == int(shows)


def test_a_policy_that_is_there_is_changed_old_against_new_and_never_doubled() -> None:
    made = SAMPLES["records_beside_a_policy"]
    old = "v=DMARC1; p=none; sp=none; rua=mailto:it@example.com"
    new = (
        "v=DMARC1; p=quarantine; sp=none; "
        "rua=mailto:it@example.com,mailto:dmarc@example.com; pct=25"
    )
    text = text_of(as_received(made))
    assert f"  It is now:\n    {old}\n" in text
    assert f"  It has to become:\n    {new}\n" in text
    for body in both_read(made):
        assert old in body
        assert new in body
        assert "add no second one" in body
    page = html_of(as_received(made))
    assert re.search(r'p=<span class="off"[^>]*>none</span>', page)
    assert re.search(r'p=<span class="new"[^>]*>quarantine</span>', page)


def test_a_policy_that_does_the_job_is_left_as_it_is() -> None:
    stricter = [(f"_dmarc.{RECORDS[0].name.split('.', 2)[2]}", "TXT", "v=DMARC1; p=reject")]
    made = letter(LetterKind.RECORDS, report=report(stricter, GODADDY))
    assert str(as_received(made)["Subject"]) == ADDING.format(5)
    for body in both_read(made):
        assert "Leave these as they are: TXT _dmarc.news.example.com" in body
        assert "p=quarantine" not in body


def test_where_all_is_there_nothing_is_asked_for_and_nothing_attached() -> None:
    made = SAMPLES["records_there_already"]
    for body in both_read(made):
        assert "Nothing is left to do" in body
        assert "How to enter them" not in body
    assert list(as_received(made).iter_attachments()) == []


def test_of_another_type_that_is_in_the_way_it_is_said_to_delete_it_first() -> None:
    found = report(with_mistakes(ProblemCode.WRONG_TYPE), CLOUDFLARE)
    for body in both_read(letter(LetterKind.RECORDS, report=found)):
        assert "Delete what is at this name, then add a CNAME record there" in body


def test_what_only_some_servers_have_is_not_asked_for_again() -> None:
    spread = report(published(RECORDS), GODADDY)
    spread["records"][0]["status"] = "propagating"
    for body in both_read(letter(LetterKind.RECORDS, report=spread)):
        assert "some of your name servers do not have all of them yet" in body


# Files


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("records", {"zone": "text/dns", "csv": "text/csv", "json": "application/json"}),
        (
            "records_at_cloudflare",
            {
                "cloudflare.txt": "text/dns",
                "zone": "text/dns",
                "csv": "text/csv",
                "json": "application/json",
            },
        ),
        ("records_without_a_file", {"csv": "text/csv", "json": "application/json"}),
        ("correction", {}),
        ("verified", {}),
    ],
)
def test_the_records_are_attached_as_files_that_only_add(name: str, files: dict[str, str]) -> None:
    message = as_received(SAMPLES[name])
    attached = {str(p.get_filename()): p.get_content_type() for p in message.iter_attachments()}
    assert attached == {f"news.example.com.{end}": kind for end, kind in files.items()}
    for body in both_read(SAMPLES[name]):
        for filename in attached:
            assert filename in body


def test_where_an_import_replaces_the_zone_the_mail_says_why_there_is_no_file() -> None:
    for body in both_read(letter(LetterKind.RECORDS, report=report([], OVH))):
        assert "There is no file to import at OVHcloud: an import there replaces" in body


def test_no_script_is_mailed() -> None:
    servers = ("ns1-01.azure-dns.com", "ns2-01.azure-dns.net")
    message = as_received(letter(LetterKind.RECORDS, report=report([], servers)))
    assert [p.get_filename() for p in message.iter_attachments()] == [
        "news.example.com.zone",
        "news.example.com.csv",
        "news.example.com.json",
    ]


def test_what_is_there_already_is_in_no_file_that_is_imported() -> None:
    message = as_received(SAMPLES["records_beside_a_policy"])
    zone, table, document = (str(_content(part)) for part in message.iter_attachments())
    assert RECORDS[0].name not in zone + table
    assert "_dmarc" not in zone + table
    assert RECORDS[1].value in zone
    assert RECORDS[1].value in table
    assert RECORDS[0].name in document


def _content(part: Any) -> str:
    content = part.get_content()
    return content.decode() if isinstance(content, bytes) else str(content)


# Mistakes


def test_each_mistake_is_named_compared_and_cured() -> None:
    text = text_of(as_received(SAMPLES["correction"]))
    token = RECORDS[2].value.removesuffix(".dkim.amazonses.com")
    assert "\n3. TXT _dmarc.news.example.com\n" in text
    assert f"  Found:\n    {token}.dkim.amazonses.org\n" in text
    assert f"  Expected:\n    {token}.dkim.amazonses.com\n" in text
    assert "  Differs:\n    “org” should be “com”\n" in text
    page = html_of(as_received(SAMPLES["correction"]))
    assert re.search(r'amazonses\.<span class="off"[^>]*>org</span>', page)
    assert re.search(r'amazonses\.<span class="new"[^>]*>com</span>', page)
    for body in both_read(SAMPLES["correction"]):
        assert "found 3 mistakes that waiting will not cure" in body
        assert f"Change its value to exactly {token}.dkim.amazonses.com and save it." in body
        assert "Your DNS is at Cloudflare" in body


def test_what_an_owner_has_in_an_spf_record_is_kept_in_the_cure() -> None:
    for body in both_read(SAMPLES["correction"]):
        assert "v=spf1 mx include:_spf.example.net include:amazonses.com -all" in body
        assert "All that is in it stays; add no second one." in body
        assert "Change its value to exactly “v=spf1" not in body


def test_a_record_at_another_place_is_compared_by_its_name_with_the_hosts_own_cure() -> None:
    made = SAMPLES["correction_of_a_place"]
    name = RECORDS[0].name
    text = text_of(as_received(made))
    assert f"  Found at:\n    {name}.example.com\n" in text
    assert f"  Expected at:\n    {name}\n" in text
    assert "  Differs:\n    “.example.com” is too much\n" in text
    for body in both_read(made):
        assert "At GoDaddy, type" in body
        assert "Not found yet".lower() in body.lower()


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_mistake_can_be_told(code: ProblemCode) -> None:
    from messages import problems

    example = problems()[code]
    pair = {
        "record": {
            "purpose": str(RECORDS[0].purpose),
            "type": "CNAME",
            "name": RECORDS[0].name,
            "expected": RECORDS[0].value,
            "found": ["x", "y"],
            "status": "wrong",
        },
        "problem": {
            "code": str(code),
            "found": example.problem.found,
            "message": example.problem.message,
            "fix": example.problem.fix,
        },
    }
    for body in both_read(letter(LetterKind.CORRECTION, problems=(pair,))):
        assert "found a mistake that waiting will not cure" in body
        assert in_one_line(example.problem.message) in body
        assert in_one_line(example.problem.fix) in body


ZONE_PROBLEM = {
    "code": "domain_not_delegated",
    "found": "no name servers for news.example.com",
    "message": "news.example.com does not exist.",
    "fix": "Check its spelling.",
}
LAME = {
    "code": "lame_nameserver",
    "found": "ns2.example.net: timeout",
    "message": "ns2.example.net does not answer.",
    "fix": "Ask your DNS host about it.",
}
SHOWS_PROBLEMS = (
    LetterKind.CORRECTION,
    LetterKind.REMINDER,
    LetterKind.LAST_NOTICE,
    LetterKind.AT_RISK,
    LetterKind.LOST,
    LetterKind.DNS_MOVED,
)


@pytest.mark.parametrize("kind", SHOWS_PROBLEMS)
def test_what_is_wrong_with_the_zone_is_shown_with_its_cure(kind: LetterKind) -> None:
    made = letter(kind, zone_problems=(ZONE_PROBLEM,))
    for body in both_read(made):
        assert ZONE_PROBLEM["message"] in body
        assert ZONE_PROBLEM["fix"] in body
        assert "Good to know" not in body
    assert "\n1. news.example.com\n\nnews.example.com does not exist.\n" in text_of(
        as_received(made)
    )


@pytest.mark.parametrize("kind", SHOWS_PROBLEMS)
def test_a_lame_server_is_good_to_know_and_not_counted(kind: LetterKind) -> None:
    for body in both_read(letter(kind, zone_problems=(ZONE_PROBLEM,), beside=(LAME,))):
        before, _, after = body.lower().partition("good to know, although nothing waits for it")
        assert LAME["message"].lower() not in before
        assert LAME["message"].lower() in after
        assert LAME["fix"].lower() in after
        assert "2 mistakes" not in body


# A domain that was verified


def test_a_record_that_is_gone_is_to_be_put_back_until_a_day() -> None:
    made = SAMPLES["at_risk"]
    for body in both_read(made):
        assert "A record that was there is gone." in body
        assert "since 23 November 2026, 03:00 UTC" in body
        assert RECORDS[0].value in body
        assert "If it is not repaired by 7 December 2026, the domain counts as lost" in body
    for body in both_read(replace(made, expires_at=None, since=None)):
        assert "If it is not repaired, the domain counts as lost" in body
        assert "since" not in body


def test_a_record_that_was_changed_is_compared_with_what_it_was() -> None:
    text = text_of(as_received(SAMPLES["at_risk_by_a_mistake"]))
    assert "  Found:\n    somewhere-else.example.com\n" in text
    assert f"  Expected:\n    {RECORDS[0].value}\n" in text


def test_a_zone_that_moved_shows_its_servers_then_and_now() -> None:
    text = text_of(as_received(SAMPLES["dns_moved"]))
    assert "  Before:\n    ns37.domaincontrol.com\n    ns38.domaincontrol.com\n" in text
    assert "  Now:\n    amy.ns.cloudflare.com\n    bob.ns.cloudflare.com\n" in text
    for body in both_read(SAMPLES["dns_moved"]):
        assert "3 records of news.example.com did not come along" in body
        assert "those of Cloudflare" in body


def test_a_lost_domain_says_how_to_get_it_back_and_how_to_give_it_up() -> None:
    for body in both_read(SAMPLES["lost"]):
        assert RECORDS[0].value in body
        assert "You no longer send from news.example.com?" in body


# The way on


def test_verified_says_what_to_do_next_with_dates() -> None:
    for body in both_read(SAMPLES["verified"]):
        assert "Not before 7 December 2026" in body
        assert "Not before 4 January 2027" in body
        assert "v=DMARC1; p=reject; rua=mailto:dmarc@example.com" in body
        assert in_one_line(PERCENT_NOTE) in body
        assert "List-Unsubscribe" in body
        assert "send more from week to week" in body
        assert "pct=25" in body


def test_who_has_the_strictest_policy_needs_no_way_to_it() -> None:
    asked = DmarcPolicy(DmarcDisposition.REJECT, None, "dmarc@example.com")
    made = letter(LetterKind.VERIFIED, dmarc=advise(asked, NOW.date()))
    for body in both_read(made):
        assert "step by step" not in body.lower()
        assert "pct" not in body


def test_who_is_to_permit_reports_is_told_where() -> None:
    name = "news.example.com._report._dmarc.reports.example.org"
    made = letter(LetterKind.RECORDS, dmarc=advise(ASKED, NOW.date()), unauthorised=(name,))
    assert f"\n    {name}\n" in text_of(as_received(made))
    for body in both_read(made):
        assert "Nothing here waits for it." in body


def test_what_a_share_means_is_told_with_the_record_that_has_one() -> None:
    for body in both_read(letter(LetterKind.RECORDS, dmarc=advise(ASKED, NOW.date()))):
        assert in_one_line(PERCENT_NOTE) in body
        assert "Not before" not in body


# Documents, approvals, addresses


@pytest.mark.parametrize("kind", [LetterKind.DOCUMENT, LetterKind.DOCUMENT_REMINDER])
def test_the_link_to_the_document_stands_whole_in_both_parts_with_its_last_day(
    kind: LetterKind,
) -> None:
    message = as_received(letter(kind))
    assert f"\n{LINK}\n" in text_of(message)
    assert f'href="{LINK}"' in html_of(message)
    for body in both_read(letter(kind)):
        assert "ntil 7 December 2026" in body
        assert "there is nothing to click" not in body


def test_a_revocation_names_the_records_that_may_go() -> None:
    text = text_of(as_received(letter(LetterKind.DOCUMENT_REVOKED, records=RECORDS[3:5])))
    assert "\n  MX  bounce.news.example.com\n  TXT  bounce.news.example.com\n" in text
    without = as_received(letter(LetterKind.DOCUMENT_REVOKED, records=()))
    assert "may delete" not in text_of(without)


def test_an_approval_says_who_decides_what_for_how_much_until_when() -> None:
    for body in both_read(SAMPLES["approval_requested"]):
        assert (
            "a pack of more domains for account acme. What it costs: price agreed separately."
            in body
        )
        assert "Our support decides" in body
        assert "nobody decides until 7 December 2026" in body


ABOUT_ADDRESSES = [kind for kind in LetterKind if kind.value.startswith("address_")]


@pytest.mark.parametrize("kind", ABOUT_ADDRESSES)
def test_a_letter_about_an_address_shows_it_escaped_and_speaks_of_no_dns(kind: LetterKind) -> None:
    address = "o'neil{x}+&x@example.com"
    made = letter(kind, domain=address, records=(), page=None)
    message = as_received(made)
    assert address in str(message["Subject"])
    assert "&x@" not in html_of(message)
    assert made.stop is not None
    for body in both_read(made):
        assert address in body
        assert "DNS" not in body
        assert "http" not in body.replace(made.stop, ""), "no link but the way out and Amazon's"


@pytest.mark.parametrize(
    "kind", [LetterKind.ADDRESS_LINK, LetterKind.ADDRESS_REMINDER, LetterKind.ADDRESS_LAST_NOTICE]
)
def test_a_letter_about_a_link_says_who_sends_it_and_until_when(kind: LetterKind) -> None:
    for body in both_read(letter(kind, domain="news@example.com", page=None)):
        assert "no-reply-aws@amazon.com" in body
        assert "24 hours" in body
        assert "7 December 2026" in body


def test_what_is_noted_stands_in_both_parts_of_the_mail_of_verification() -> None:
    note = "The DNS of news.example.com has all that <they> ask for."
    for body in both_read(letter(LetterKind.VERIFIED, notes=(note,))):
        assert note in body


def test_each_subject_belongs_to_one_kind() -> None:
    assert set(HEADINGS) == set(LetterKind) - {LetterKind.RECORDS}


@every_kind
def test_the_list_of_mails_has_each_with_its_subject(kind: LetterKind) -> None:
    listed = (ROOT / "docs" / "mails.md").read_text()
    [line] = [line for line in listed.split("\n") if line.startswith(f"| `{kind}` |")]
    assert kind is LetterKind.RECORDS or line.endswith(f"| {HEADINGS[kind].subject} |")


def test_a_letter_without_a_date_is_composed_too() -> None:
    bare = Letter(
        kind=LetterKind.AT_RISK,
        key="k",
        recipient="dns@example.com",
        domain="news.example.com",
        ticket=Ticket("standard", "4711"),
        request_id="req_1",
    )
    for kind in LetterKind:
        COMPOSER.compose(replace(bare, kind=kind))


@pytest.mark.parametrize("change", [{"zone": None}, {"verdict": "splendid"}, {"records": [{}]}])
def test_a_report_that_cannot_be_read_does_not_hold_up_the_letter(change: dict[str, Any]) -> None:
    odd = report([], CLOUDFLARE) | change
    assert both_read(letter(LetterKind.RECORDS, report=odd)) == both_read(
        letter(LetterKind.RECORDS)
    )


def test_times_are_told_in_utc() -> None:
    since = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    for body in both_read(letter(LetterKind.AT_RISK, missing=RECORDS[:1], since=since)):
        assert "23 November 2026, 01:30 UTC" in body


def test_a_very_long_text_still_arrives_as_one_line() -> None:
    long = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", f"v=DMARC1; p=none; x={'y' * 900}")
    message = as_received(letter(LetterKind.RECORDS, records=(long,)))
    assert f"\n    {long.value}\n" in text_of(message)
    assert f">{long.value}</td>" in html_of(message)

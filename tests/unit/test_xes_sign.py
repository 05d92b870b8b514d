"""What an agent does with a responsibility document on the command line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.support.values import RULES, a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World
from xes import sign
from xes.__main__ import app
from xes.stack import Stack


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    parts = {
        "store": world.store,
        "documents": world.documents,
        "document_texts": world.texts,
        "files": world.files,
        "identities": world.identities,
        "mailer": world.mailer,
        "workflows": world.workflows,
        "clock": world.clock,
        "random": world.dice,
        "rules": RULES,
    }
    stack = Stack("memory", SimpleNamespace(**parts), "https://api", is_local=True)  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield stack

    monkeypatch.setattr(sign, "deployed", deployed)
    return world


@pytest.fixture
def asked(world: World) -> World:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    return world


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.4 scan")
    return path


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("sign", *arguments), env={"COLUMNS": "200"})


def json_of(*arguments: str) -> Any:
    return json.loads(xes(*arguments, "--json").stdout)


def file(scan: Path, *more: str) -> Result:
    return xes(DOMAIN, "--name", "Ada Owner", "--role", "owner", "--file", str(scan), *more)


def test_a_domain_that_waits_says_so_and_until_when(asked: World) -> None:
    done = xes("News.example.com.")
    assert done.exit_code == 1
    assert "state: open" in done.stdout
    shown = json_of(DOMAIN)
    assert shown["until"] == "2026-12-07T10:00:00+00:00"
    assert (shown["responsible"], shown["periods"]) == ("provider", [])


def test_a_scan_is_filed_in_the_agents_name_and_can_be_fetched(
    asked: World, scan: Path, tmp_path: Path
) -> None:
    done = file(scan, "--by", "bob")
    assert done.exit_code == 0
    assert "Ada Owner" in done.stdout
    signature = asked.document().signature
    assert signature is not None
    assert signature.by == "bob"
    target = tmp_path / "saved.pdf"
    assert json_of(DOMAIN, "--download", str(target))["saved"] == str(target)
    assert target.read_bytes() == scan.read_bytes()


def test_what_is_signed_already_is_a_no(asked: World, scan: Path) -> None:
    asked.sign(asked.link_token())
    done = file(scan)
    assert done.exit_code == 1
    assert "the first signature stays" in done.stderr


def test_a_new_link_opens_the_page(asked: World) -> None:
    link = json_of(DOMAIN, "--link")["link"]
    assert link.startswith("https://api/sign/")
    assert asked.sign(link.rpartition("/")[2]) is not None
    assert xes(DOMAIN, "--link").exit_code == 1


def test_revoking_is_told_and_may_be_repeated(asked: World) -> None:
    asked.sign(asked.link_token())
    asked.create()
    asked.set_mail_from()
    assert json_of(DOMAIN)["responsible"] == "provider"
    assert "once Amazon SES uses the MAIL FROM" in xes(DOMAIN).stdout
    asked.send_records()
    asked.publish_everything()
    asked.ses_sees_it()
    asked.ses_uses_the_mail_from()
    asked.check()
    assert json_of(DOMAIN)["responsible"] == "customer"
    first = json_of(DOMAIN, "--revoke", "--by", "bob", "--note", " asked \n in 4711 ")
    assert (first["revoked"], first["again"]) == (True, False)
    assert json_of(DOMAIN, "--revoke")["again"]
    [entry] = [e for e in asked.store.timeline(DOMAIN) if e.what == "document_revoked"]
    assert (entry.by, entry.why.endswith(" asked in 4711")) == ("agent bob", True)
    after = xes(DOMAIN)
    assert after.exit_code == 1
    assert "responsible: provider" in after.stdout
    assert "the customer answers" in after.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "Ada"], "all of --name, --role and --file"),
        (["--link", "--revoke"], "one thing at a time"),
    ],
)
def test_wrong_use_says_what_to_do(asked: World, arguments: list[str], said: str) -> None:
    done = xes(DOMAIN, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_what_is_no_pdf_and_no_name_is_not_filed(asked: World, tmp_path: Path, scan: Path) -> None:
    other = tmp_path / "scan.docx"
    other.write_bytes(b"PK")
    assert "is not a PDF" in file(other).stderr
    unnamed = xes(DOMAIN, "--name", "...", "--role", "owner", "--file", str(scan))
    assert unnamed.exit_code == 2
    assert "--name: Use letters." in unnamed.stderr
    assert asked.document().signature is None


def test_where_there_is_nothing_the_answer_is_no(world: World, scan: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "x.pdf")
    for arguments in ((), ("--link",), ("--revoke",), ("--download", target)):
        done = xes("unknown.example", *arguments)
        assert done.exit_code == 1
        assert "unknown.example" in done.stderr
    world.admitted(a_request())
    assert file(scan).exit_code == 1
    assert json_of(DOMAIN)["state"] == "none"


def test_a_document_that_the_request_named_counts_while_it_lasts(world: World) -> None:
    world.admitted(a_request_with_mail_from())
    world.create()
    world.ses_uses_the_mail_from()
    world.set_mail_from()
    done = xes(DOMAIN)
    assert done.exit_code == 0
    assert "responsible: customer" in done.stdout
    world.revoke()
    assert xes(DOMAIN).exit_code == 1

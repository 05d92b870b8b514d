"""``xes review`` against real name servers: every signature is looked up and verified for real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.resolver import Resolver
from onboarding.domain.observation import Answer, Failure, Question
from tests.support.dns_servers import KNOTD, NSD, SERVERS, World, world
from tests.support.messages import DOMAIN, ENVELOPE, IP, Draft, key, signed, zone
from xes.__main__ import app

CUT = "sender.test"
ALIAS = [
    (f"alias._domainkey.{DOMAIN}", "CNAME", "alias.keys.test"),
    ("alias.keys.test", "TXT", key(2048)[1]),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not (NSD.exists() and KNOTD.exists()):
        pytest.skip("needs the Debian packages nsd and knot")
    content = {
        CUT: {"ns1.test": [*zone(), ALIAS[0]]},
        "keys.test": {"ns1.test": [ALIAS[1]]},
    }
    with world(tmp_path_factory.mktemp("dns"), content) as up:
        yield up


def run(*arguments: str, text: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["review", *arguments], input=text)


def saved(folder: Path, raw: bytes) -> str:
    path = folder / "message.eml"
    path.write_bytes(raw)
    return str(path)


def at(servers: World) -> list[str]:
    return ["--resolver", "127.0.0.1", "--dns-port", str(servers.port), "--ip", IP]


def test_a_message_that_is_fit_ends_with_0(servers: World, tmp_path: Path) -> None:
    path = saved(tmp_path, signed(Draft().octets()))
    ended = run(path, *at(servers), "--json")
    assert ended.exit_code == 0, ended.output
    printed = json.loads(ended.stdout)
    assert printed["verdict"] == "fit"
    assert {found["result"] for found in printed["findings"]} == {"pass"}


def test_a_key_behind_an_alias_into_another_zone_is_found(servers: World, tmp_path: Path) -> None:
    """As Easy DKIM publishes it."""
    path = saved(tmp_path, signed(Draft().octets(), selector="alias"))
    assert run(path, *at(servers)).exit_code == 0


def test_a_message_that_is_not_fit_ends_with_1_and_says_the_cure(
    servers: World, tmp_path: Path
) -> None:
    path = saved(tmp_path, signed(Draft().having("List-Unsubscribe-Post").octets()))
    ended = run(path, *at(servers))
    assert ended.exit_code == 1
    lines = [line.rstrip() for line in ended.stdout.splitlines()]
    assert "one_click_post  must for Gmail; should for Yahoo; RFC 8058 §3.1" in lines
    assert "  The header List-Unsubscribe-Post is not there." in lines
    assert (
        "  What to do: Add it once, with exactly this value: "
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    ) in lines
    assert "Gmail: unfit   Yahoo: fit   Microsoft: fit" in lines
    assert lines[-1] == "unfit: something must be corrected first"


def test_standard_input_is_read_and_the_envelope_sender_may_be_given(servers: World) -> None:
    raw = signed(Draft().having("Return-Path").octets())
    ended = run("-", *at(servers), "--envelope-from", ENVELOPE, "--json", text=raw)
    assert ended.exit_code == 0
    spf = next(f for f in json.loads(ended.stdout)["findings"] if f["rule"] == "spf")
    assert spf["message"] == f"SPF passes for bounce.{DOMAIN}."


def test_a_resolver_that_does_not_answer_ends_with_3(servers: World, tmp_path: Path) -> None:
    path = saved(tmp_path, signed(Draft().octets()))
    ended = run(path, "--resolver", f"{SERVERS['nobody.test']}:{servers.port}", "--json")
    assert ended.exit_code == 3
    assert json.loads(ended.stdout)["verdict"] == "unknown"
    assert run(path, "--no-dns").exit_code == 3


def test_what_is_no_file_and_no_message_ends_with_2(tmp_path: Path) -> None:
    missing = run(str(tmp_path / "none.eml"))
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)
    nothing = run(saved(tmp_path, b"hello"), "--no-dns")
    assert (nothing.exit_code, "is not a message" in nothing.stderr) == (2, True)
    path = saved(tmp_path, signed(Draft().octets()))
    assert run(path, "--ip", "somewhere").exit_code == 2
    assert run(path, "--envelope-from", "nobody").exit_code == 2
    assert run(path, "--resolver", "x:y").exit_code == 2


def test_the_terminal_gets_no_control_characters_of_the_message(tmp_path: Path) -> None:
    draft = Draft().having("From", "\x1b[31m\x07 <a@\x1b]0;x\x07b.test>")
    ended = run(saved(tmp_path, draft.octets()), "--no-dns")
    assert ended.exit_code == 1
    assert "\x1b" not in ended.stdout
    assert "\x07" not in ended.stdout


def resolver(port: int, *, timeout: float = 2.0, host: str = "127.0.0.1") -> Resolver:
    return Resolver(DnsConfig(resolver=(host, port), tries=(0.3,), timeout=timeout))


def test_what_is_not_there_is_an_answer_and_what_is_unreachable_is_none(servers: World) -> None:
    absent = resolver(servers.port)(Question(f"none.{DOMAIN}", "TXT"))
    assert isinstance(absent, Answer)
    assert absent.records == ()
    silent = resolver(servers.port, host=SERVERS["silent.test"])
    assert silent(Question(DOMAIN, "TXT")) is Failure.TIMEOUT


def test_all_questions_share_one_time(servers: World) -> None:
    silent = resolver(servers.port, timeout=0.5, host=SERVERS["silent.test"])
    outcomes = [silent(Question(f"n{number}.{DOMAIN}", "TXT")) for number in range(50)]
    assert outcomes[0] is Failure.TIMEOUT
    assert set(outcomes[2:]) == {Failure.NOT_ASKED}


def test_a_name_that_cannot_exist_has_no_records(servers: World) -> None:
    ask = resolver(servers.port)
    for name in ("a..b", "x" * 64 + ".test", ".".join(["label"] * 60), ""):
        assert ask(Question(name, "TXT")) in (Answer(), ask(Question("", "TXT")))

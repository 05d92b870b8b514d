"""Many checks at once on a few sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from onboarding.adapters.dns import DnsConfig, NetworkDns, Wanted, look
from onboarding.adapters.dns.asking import Ask, Asking, Budget
from onboarding.adapters.dns.channel import OFTEN
from onboarding.adapters.dns.dispatch import Dispatch
from onboarding.adapters.dns.engine import Engine
from onboarding.domain.observation import Answer, Failure, Observation, Question, Zone
from onboarding.domain.questions import follow_ups
from onboarding.domain.records import Purpose, Record
from tests.support.udp_server import Reply, Server, running


def expected(domain: str) -> tuple[Record, ...]:
    return (Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", "v=DMARC1; p=none"),)


def wanted(count: int) -> Iterator[Wanted]:
    for number in range(count):
        yield f"d{number}.example", expected(f"d{number}.example")


class Everything:
    """The resolver and the name server of every domain: `ns.shared.example`. Each policy names
    its domain, so that no answer can be taken for another's."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        name, type_ = asked.question[0].name, asked.question[0].rdtype.name
        text = name.to_text(omit_final_dot=True)
        self.asked[f"{text} {type_}"] += 1
        values = {
            "SOA": "ns.shared.example. host.example. 1 2 3 4 5",
            "NS": "ns.shared.example.",
            "A": "127.0.0.1",
            "TXT": f'"v=DMARC1; p=none; x={text.removeprefix("_dmarc.")}"',
        }
        made = dns.message.make_response(asked)
        made.flags |= dns.flags.AA
        made.answer.append(dns.rrset.from_text(name, 60, "IN", type_, values[type_]))
        return made.to_wire()


def config(server: Server, **more: object) -> DnsConfig:
    return DnsConfig(("127.0.0.1", server.port), server.port, **more)  # type: ignore[arg-type]


def seen(dns_: NetworkDns, domains: Iterator[Wanted]) -> dict[str, Observation]:
    async def all_of_them() -> dict[str, Observation]:
        return {domain: found async for (domain, _), found in dns_.observe_many(domains)}

    return asyncio.run(all_of_them())


def policy(observation: Observation) -> str:
    (lookup,) = observation.lookups
    assert isinstance(lookup.outcome, Answer)
    return lookup.outcome.records[0].text


@pytest.fixture
def everything() -> Iterator[tuple[Server, Everything]]:
    with running() as server:
        knows = Everything()
        server.reply = knows
        yield server, knows


def test_every_domain_gets_its_own_answers(everything: tuple[Server, Everything]) -> None:
    found = seen(NetworkDns(config(everything[0], in_flight=100)), wanted(500))
    assert {domain: policy(each) for domain, each in found.items()} == {
        f"d{n}.example": f"v=DMARC1; p=none; x=d{n}.example" for n in range(500)
    }


def test_a_name_server_that_domains_share_is_looked_up_once(
    everything: tuple[Server, Everything],
) -> None:
    server, knows = everything
    seen(NetworkDns(config(server, in_flight=100)), wanted(200))
    assert knows.asked["ns.shared.example A"] == 1
    assert knows.asked["d7.example SOA"] == 1
    assert sum(knows.asked.values()) == 1 + 3 * 200


def test_a_fault_over_one_domain_is_logged_and_leaves_that_one_unknown(
    everything: tuple[Server, Everything],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(domain: str, *rest: Any) -> Any:
        if domain == "d7.example":
            raise ValueError("a text that nobody has thought of")
        return follow_ups(domain, *rest)

    monkeypatch.setattr(look, "follow_ups", refuse)
    found = seen(NetworkDns(config(everything[0])), wanted(20))
    assert found.pop("d7.example") == Observation(Failure.NOT_ASKED)
    assert {policy(each) for each in found.values()} == {
        f"v=DMARC1; p=none; x=d{n}.example" for n in range(20) if n != 7
    }
    assert "d7.example" in caplog.text


def test_the_list_is_read_no_faster_than_domains_are_done(
    everything: tuple[Server, Everything],
) -> None:
    read = 0

    def counted() -> Iterator[Wanted]:
        nonlocal read
        for each in wanted(300):
            read += 1
            yield each

    async def ahead() -> int:
        most, done = 0, 0
        async for _ in NetworkDns(config(everything[0], at_once=10)).observe_many(counted()):
            most = max(most, read - done)
            done += 1
        assert done == 300
        return most

    assert asyncio.run(ahead()) <= 10


def test_no_more_queries_are_unanswered_than_allowed() -> None:
    with running(lull=0.05) as server:
        most = 0
        knows = Everything()

        def reply(query: bytes) -> bytes:
            nonlocal most
            most = max(most, server.queries - sum(knows.asked.values()))
            return knows(query)

        server.reply = reply
        seen(NetworkDns(config(server, in_flight=7)), wanted(30))
    assert 1 < most <= 7


def test_a_pace_is_kept(everything: tuple[Server, Everything]) -> None:
    began = time.monotonic()
    seen(NetworkDns(config(everything[0], pace=200.0)), wanted(40))
    # 121 queries at 200 a second, of which a twentieth of a second's worth may come at once.
    assert time.monotonic() - began > (121 - 10) / 200


def test_queries_come_from_several_ports_with_ids_of_their_own() -> None:
    with running() as server:
        knows, ids = Everything(), set()

        def reply(query: bytes) -> bytes:
            ids.add(query[:2])
            return knows(query)

        server.reply = reply
        seen(NetworkDns(config(server)), wanted(50))
        assert 120 < len(ids) <= 151
        assert 2 <= len(server.clients) <= 8


def often_asked(server: Server, reply: Reply) -> Failure | str:
    """What comes of the last of so many domains that the server has long had sockets to itself,
    when it answers that one's question in its own way."""
    knows, last = Everything(), 149
    assert 3 * last > OFTEN

    def answer(query: bytes) -> bytes:
        asked = dns.message.from_wire(query).question[0]
        is_last = asked.name.to_text() == f"_dmarc.d{last}.example."
        return reply(knows(query)) if is_last else knows(query)

    server.reply = answer
    settings = config(server, in_flight=20, tries=(0.3,))
    found = seen(NetworkDns(settings), wanted(last + 1))[f"d{last}.example"]
    (lookup,) = found.lookups
    return lookup.outcome if isinstance(lookup.outcome, Failure) else policy(found)


def test_a_server_that_is_asked_often_gets_sockets_to_itself() -> None:
    with running() as server:
        assert often_asked(server, lambda answer: answer) == "v=DMARC1; p=none; x=d149.example"
        assert 8 < len(server.clients) <= 16


def test_on_those_an_answer_from_elsewhere_does_not_count_either() -> None:
    with running() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))

        def forged(answer: bytes) -> bytes:
            other.sendto(answer, server.clients[-1])
            return b""

        assert often_asked(server, forged) is Failure.TIMEOUT


def test_nor_does_one_under_another_id() -> None:
    with running() as server:
        forged = often_asked(server, lambda answer: bytes((answer[0] ^ 1,)) + answer[1:])
    assert forged is Failure.MALFORMED


def test_nor_does_one_to_another_question() -> None:
    with running() as server:
        forged = often_asked(server, lambda answer: answer.replace(b"_dmarc", b"_spoof"))
    assert forged is Failure.MALFORMED


def test_a_silent_resolver_costs_no_time_and_is_left_alone() -> None:
    with running() as good, running() as silent:
        good.reply = Everything()
        dns_ = NetworkDns(DnsConfig(port=good.port))
        both = (("127.0.0.1", silent.port), ("127.0.0.1", good.port))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DnsConfig, "resolvers", lambda self: both)
            began = time.monotonic()
            found = seen(dns_, wanted(1))
            found |= seen(dns_, wanted(20))
        assert time.monotonic() - began < 1.0
    assert all(isinstance(each.zone, Zone) for each in found.values())
    assert silent.queries <= 1 + 20


def test_a_fault_in_the_clock_stops_no_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tick, faults = Dispatch.tick, iter([OSError("once")])

    def faulty(self: Dispatch, now: float) -> None:
        for fault in faults:
            raise fault
        tick(self, now)

    monkeypatch.setattr(Dispatch, "tick", faulty)
    with running() as silent:
        began = time.monotonic()
        (found,) = seen(NetworkDns(config(silent)), wanted(1)).values()
    assert found.zone is Failure.TIMEOUT
    assert time.monotonic() - began < 11


def test_a_resolver_that_dies_is_replaced_by_another() -> None:
    with running() as first, running() as second:
        knows = Everything()
        first.reply = knows
        dead = threading.Event()
        first.reply = lambda query: b"" if dead.is_set() else knows(query)
        second.reply = lambda query: knows(query) if dead.is_set() else b""
        servers = (("127.0.0.1", first.port), ("127.0.0.1", second.port))
        settings = DnsConfig(port=second.port, tries=(0.1, 0.1), at_once=1)
        second_knows = second.reply
        zones: list[Zone | object] = []

        async def watch() -> None:
            async for _, found in NetworkDns(settings).observe_many(wanted(4)):
                zones.append(found.zone)
                dead.set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DnsConfig, "resolvers", lambda self: servers)
            asyncio.run(watch())
        assert second_knows is second.reply
    assert isinstance(zones[0], Zone)
    assert zones[1] is Failure.TIMEOUT
    assert all(isinstance(zone, Zone) for zone in zones[2:])


def test_a_pace_is_no_servers_fault(everything: tuple[Server, Everything]) -> None:
    """All of them together need six times as long as each may take."""
    settings = config(everything[0], pace=20.0, max_queries=10, timeout=0.5)
    found = seen(NetworkDns(settings), wanted(20))
    outcomes = {lookup.outcome for each in found.values() for lookup in each.lookups}
    failures = {outcome for outcome in outcomes if isinstance(outcome, Failure)}
    assert failures <= {Failure.NOT_ASKED}
    zones = [each.zone for each in found.values()]
    assert sum(isinstance(zone, Zone) for zone in zones) >= 15
    assert {zone for zone in zones if not isinstance(zone, Zone)} <= {Failure.NOT_ASKED}


def test_a_pace_that_is_too_small_for_one_domain_is_refused() -> None:
    DnsConfig(pace=6.0)
    with pytest.raises(ValueError, match="too few"):
        DnsConfig(pace=5.9)


def test_an_answer_from_another_address_does_not_count() -> None:
    with running() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        knows = Everything()
        other.bind(("127.0.0.1", 0))

        def reply(query: bytes) -> bytes:
            answer = knows(query)
            if dns.message.from_wire(query).question[0].rdtype.name == "TXT":
                other.sendto(answer, server.clients[-1])
                return b""
            return answer

        server.reply = reply
        found = seen(NetworkDns(config(server, tries=(0.2,))), wanted(1))["d0.example"]
    assert [lookup.outcome for lookup in found.lookups] == [Failure.TIMEOUT]


def test_an_asking_with_a_defect_raises_and_does_not_hang(
    everything: tuple[Server, Everything],
) -> None:
    server, _ = everything

    def asking(budget: Budget) -> Asking[None]:
        yield [Ask(("127.0.0.1", server.port), Question("d0.example", "TXT"))]
        raise LookupError

    async def asked() -> None:
        async with Engine(config(server), SystemRandom()) as engine:
            await engine.run(asking)

    with pytest.raises(LookupError):
        asyncio.run(asked())


@contextmanager
def over_tcp(port: int, reply: Reply) -> Iterator[None]:
    """A server that takes one connection at a time."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(0.5)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    length = int.from_bytes(connection.recv(2))
                    answer = reply(connection.recv(length))
                    connection.sendall(len(answer).to_bytes(2) + answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listening.close()
            thread.join(2)


def test_an_answer_that_is_cut_in_the_middle_is_asked_for_over_tcp() -> None:
    with running() as server:
        knows = Everything()

        def reply(query: bytes) -> bytes:
            answer = knows(query)
            if dns.message.from_wire(query).question[0].rdtype.name == "TXT":
                return answer[:2] + bytes((answer[2] | 0x02,)) + answer[3:-20]
            return answer

        server.reply = reply
        with over_tcp(server.port, knows):
            found = seen(NetworkDns(config(server)), wanted(1))["d0.example"]
    assert policy(found) == "v=DMARC1; p=none; x=d0.example"


def test_a_check_that_is_cancelled_ends_at_once_its_connections_too() -> None:
    connected = threading.Event()

    def never(query: bytes) -> bytes:
        connected.set()
        time.sleep(1)
        return query

    async def cancelled(dns_: NetworkDns) -> None:
        async def all_of_them() -> None:
            async for _ in dns_.observe_many(wanted(1)):
                pass

        task = asyncio.create_task(all_of_them())
        assert await asyncio.to_thread(connected.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with running() as server:
        server.reply = lambda query: query[:2] + b"\x82\x00" + query[4:]
        with over_tcp(server.port, never):
            asyncio.run(cancelled(NetworkDns(config(server))))

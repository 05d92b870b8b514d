"""Datagrams that come from a server beside the answers that are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from random import SystemRandom

import dns.message
import pytest

from onboarding.adapters.dns import DnsConfig
from onboarding.adapters.dns.asking import Ask, Asking, Budget, Reply, Upstreams
from onboarding.adapters.dns.engine import Engine
from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Failure, Question
from tests.support.udp_server import Server, running

QUESTION = Question("a.example", "TXT")
OTHER = Question("b.example", "TXT")


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as up:
        yield up


def answer(query: bytes) -> bytes:
    return dns.message.make_response(dns.message.from_wire(query)).to_wire()


def under_another_id(octets: bytes) -> bytes:
    return bytes((octets[0] ^ 1,)) + octets[1:]


def outcomes(config: DnsConfig, *rounds: Sequence[Ask]) -> list[Reply]:
    async def asked() -> list[Reply]:
        async with Engine(config, SystemRandom()) as engine:
            return await engine.run(asking)

    def asking(budget: Budget) -> Asking[list[Reply]]:
        heard: list[Reply] = []
        for asks in rounds:
            heard += yield asks
        return heard

    return asyncio.run(asked())


def put(server: Server, question: Question = QUESTION) -> Ask:
    return Ask(("127.0.0.1", server.port), question)


def test_a_stray_takes_nobodys_next_try(server: Server) -> None:
    def reply(query: bytes) -> bytes:
        return under_another_id(answer(query)) if server.queries == 1 else answer(query)

    server.reply = reply
    (heard,) = outcomes(DnsConfig(tries=(0.2, 1.0)), [put(server)])
    assert isinstance(heard, Message)
    assert server.queries == 2


def test_strays_name_the_reason_when_no_try_is_left(server: Server) -> None:
    server.reply = lambda query: under_another_id(answer(query))
    assert outcomes(DnsConfig(tries=(0.1, 0.2)), [put(server)]) == [Failure.MALFORMED]
    assert server.queries == 2


def late_by_one(server: Server) -> None:
    """It answers each question only when the next one comes, and the last never."""
    held: list[tuple[bytes, tuple[str, int]]] = []

    def reply(query: bytes) -> bytes:
        for late, client in held:
            server.send(answer(late), client)
        held[:] = [(query, server.clients[-1])]
        return b""

    server.reply = reply


def test_a_late_answer_is_no_stray(server: Server) -> None:
    late_by_one(server)
    assert outcomes(DnsConfig(tries=(0.2, 0.3)), [put(server)]) == [Failure.TIMEOUT]
    assert server.queries == 2


def test_one_under_the_same_id_to_another_question_is(server: Server) -> None:
    held: list[tuple[bytes, tuple[str, int]]] = []

    def reply(query: bytes) -> bytes:
        for late, client in held:
            server.send(answer(late).replace(b"\1a\7example", b"\1x\7example"), client)
        held[:] = [(query, server.clients[-1])]
        return b""

    server.reply = reply
    assert outcomes(DnsConfig(tries=(0.2, 0.3)), [put(server)]) == [Failure.MALFORMED]


def test_the_answer_of_a_resolver_that_lost_the_race_is_no_stray(server: Server) -> None:
    """What it had to say comes while it is asked something else, to which it has no answer."""
    late_by_one(server)
    with running() as first:
        first.reply = answer
        both = [("127.0.0.1", first.port), ("127.0.0.1", server.port)]
        race = Ask(Upstreams(both, authoritative=False), QUESTION)
        config = DnsConfig(tries=(0.3,))
        won, silent = outcomes(config, [race], [put(server, OTHER)])
    assert isinstance(won, Message)
    assert silent is Failure.TIMEOUT

"""A tiny authoritative DNS server for tests: UDP on loopback, one table of records."""

import socketserver
import threading
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SOA = "ns1.{zone}. hostmaster.{zone}. 7 3600 600 86400 60"


class DnsFixture:
    """Answers for `zone` and everything else from `records`; SERVFAIL while `broken`."""

    def __init__(self, zone: str = "example.com") -> None:
        self.zone = zone
        self.broken = False
        self.queries = 0
        self._records: dict[tuple[str, str], list[str]] = {}
        fixture = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, endpoint = self.request
                reply = fixture.answer(dns.message.from_wire(data))
                endpoint.sendto(reply.to_wire(), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def publish(self, name: str, kind: str, *values: str) -> None:
        """Set the records of a name and type; none removes them."""
        if values:
            self._records[name, kind] = list(values)
        else:
            self._records.pop((name, kind), None)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The reply to one query."""
        self.queries += 1
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        values = self._records.get((name, kind))
        if values:
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
            return reply
        soa = SOA.format(zone=self.zone)
        reply.authority.append(dns.rrset.from_text(f"{self.zone}.", 60, "IN", "SOA", soa))
        if not any(known == name for known, _ in self._records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

"""The peers in Python, each in a process of its own.

`python -m bench.dns_peers NAME PORT DOMAINS` prints JSON: `lookups` and `seconds`.

`dnspython` puts exactly our lookups, one after the other over one socket, and reads the answers.
`checkdmarc` looks at the same records with its own functions: SOA, NS, the MAIL FROM's MX and SPF,
and DMARC are checked, the CNAMEs, of which it knows nothing, only looked up. What it asks besides
(SPF's own type, CNAMEs beside TXT records, the SPF include once) is its own way of answering the
same, and is not counted, as our own question for the name server's address is not. Its check of
whole domains is no measure: it asks for DNSSEC and MTA-STS on ports of its own choice.
"""

import json
import socket
import sys
import time
from collections.abc import Callable

import checkdmarc
import checkdmarc.dmarc
import checkdmarc.soa
import checkdmarc.spf
import checkdmarc.utils
import dns.flags
import dns.message
import dns.query
import dns.resolver

from bench.dns_world import ADDRESS, LOOKUPS, domains, expected_of, questions_of

PATIENCE = 5.0
Peer = Callable[[int, int], int]
"""From a port and a number of domains to how many lookups were made."""


def with_checkdmarc(port: int, count: int) -> int:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [ADDRESS], port
    for domain in domains(count):
        mail_from = f"bounce.{domain}"
        found = (
            checkdmarc.soa.check_soa(domain, resolver=resolver).get("record"),
            checkdmarc.check_ns(domain, resolver=resolver)["hostnames"],
            checkdmarc.utils.get_mx_record_set(mail_from, resolver=resolver)["hosts"],
            checkdmarc.spf.check_spf(mail_from, resolver=resolver)["valid"],
            checkdmarc.dmarc.check_dmarc(domain, resolver=resolver)["valid"],
            *(
                checkdmarc.utils.query_dns(record.name, "CNAME", resolver=resolver)
                for record in expected_of(domain)
                if record.type == "CNAME"
            ),
        )
        assert all(found), f"checkdmarc misses something at {domain}: {found}"
    return LOOKUPS * count


def with_dnspython(port: int, count: int) -> int:
    lookups = 0
    with dns.query.make_socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for domain in domains(count):
            for question in questions_of(domain):
                query = dns.message.make_query(question.name, question.type, use_edns=0)
                answer = dns.query.udp(query, ADDRESS, timeout=PATIENCE, port=port, sock=sock)
                assert answer.answer, f"nothing at {question}"
                lookups += 1
    return lookups


PEERS: dict[str, Peer] = {"checkdmarc": with_checkdmarc, "dnspython": with_dnspython}


def main(name: str, port: int, count: int) -> None:
    began = time.perf_counter()
    lookups = PEERS[name](port, count)
    seconds = time.perf_counter() - began
    print(json.dumps({"lookups": lookups, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

"""The local DNS server's answers, out of zones in memory: no socket is opened."""

import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from local.dns.answers import Answer, Question, Records, answer
from local.dns.names import PublicSuffixes, key_of, parse_name
from local.dns.tree import Tree, View
from local.dns.zones import BadZone, home_zone, parse_zone

SERVERS = ("127.0.0.1", "127.0.0.2")
SUFFIXES = PublicSuffixes()

EXAMPLE = """
@       3600 SOA ns1.dns-local.test. hostmaster.example.com. 7 3600 600 604800 60
@       3600 NS  ns1.dns-local.test.
@       3600 NS  ns2.dns-local.test.
www     300  A   192.0.2.1
alias   300  CNAME www
outside 300  CNAME target.elsewhere.org.
across  300  CNAME www.example.net.
nowhere 300  CNAME nothing.example.net.
loop-a  300  CNAME loop-b
loop-b  300  CNAME loop-a
a.b.c   300  TXT "deep"
*.wild  300  TXT "star"
x.wild  300  A   192.0.2.2
*.alias-wild 300 CNAME www
away    300  NS  ns.away
ns.away 300  A   192.0.2.53
old     300  DNAME new.example.net.
"""


def make_tree(**zones: str) -> Tree:
    tree = Tree(SERVERS, SUFFIXES)
    tree.put(home_zone(SERVERS))
    for name, text in zones.items():
        tree.put(parse_zone(text, parse_name(name.replace("_", "."))))
    return tree


@pytest.fixture
def tree() -> Tree:
    return make_tree(example_com=EXAMPLE, example_net="www 300 A 192.0.2.9\n")


def ask(tree: Tree, name: str, kind: str = "A", recursive: bool = True) -> Answer:
    question = Question(parse_name(name), dns.rdatatype.from_text(kind), recursive)
    return answer(View(tree), question)


def lines(records: Records) -> list[str]:
    return [line for name, each in records for line in each.to_text(name).splitlines()]


def test_an_address_is_answered_with_authority(tree: Tree) -> None:
    given = ask(tree, "www.example.com")
    assert lines(given.answer) == ["www.example.com. 300 IN A 192.0.2.1"]
    assert (given.rcode, given.authoritative, given.authority) == (dns.rcode.NOERROR, True, ())


@pytest.mark.parametrize(
    ("name", "kind", "rcode", "soa_of"),
    [
        ("www.example.com", "MX", "NOERROR", "example.com."),
        ("nothing.example.com", "A", "NXDOMAIN", "example.com."),
        ("b.c.example.com", "A", "NOERROR", "example.com."),
        ("x.wild.example.com", "TXT", "NOERROR", "example.com."),
        ("below.x.wild.example.com", "TXT", "NXDOMAIN", "example.com."),
        ("unknown.org", "A", "NXDOMAIN", "org."),
        ("deep.below.unknown.co.uk", "A", "NXDOMAIN", "uk."),
        ("unknown.no-such-tld", "A", "NXDOMAIN", "."),
        ("com", "A", "NOERROR", "com."),
        ("test", "A", "NOERROR", "test."),
        ("example.com", "DS", "NOERROR", "com."),
        ("unknown.com", "DS", "NXDOMAIN", "com."),
    ],
)
def test_a_negative_answer_names_the_zone_that_gives_it(
    tree: Tree, name: str, kind: str, rcode: str, soa_of: str
) -> None:
    given = ask(tree, name, kind)
    assert (dns.rcode.to_text(given.rcode), given.answer) == (rcode, ())
    assert [(str(owner), each.rdtype) for owner, each in given.authority] == [
        (soa_of, dns.rdatatype.SOA)
    ]
    assert given.authoritative


def test_the_soa_of_a_negative_answer_lives_no_longer_than_its_minimum(tree: Tree) -> None:
    assert ask(tree, "nothing.example.com").authority[0][1].ttl == 60


def test_a_wildcard_answers_under_the_name_asked_for(tree: Tree) -> None:
    assert lines(ask(tree, "any.thing.wild.example.com", "TXT").answer) == [
        'any.thing.wild.example.com. 300 IN TXT "star"'
    ]


def test_an_alias_out_of_a_wildcard_is_followed(tree: Tree) -> None:
    assert lines(ask(tree, "q.alias-wild.example.com").answer) == [
        "q.alias-wild.example.com. 300 IN CNAME www.example.com.",
        "www.example.com. 300 IN A 192.0.2.1",
    ]


def test_an_alias_is_followed_into_another_zone_only_for_a_resolvers_client(tree: Tree) -> None:
    alias = "across.example.com. 300 IN CNAME www.example.net."
    address = "www.example.net. 300 IN A 192.0.2.9"
    assert lines(ask(tree, "across.example.com").answer) == [alias, address]
    assert lines(ask(tree, "across.example.com", recursive=False).answer) == [alias]


def test_an_alias_to_a_name_that_no_zone_holds_is_answered_alone_with_noerror(tree: Tree) -> None:
    given = ask(tree, "outside.example.com")
    assert given.rcode == dns.rcode.NOERROR
    assert lines(given.answer) == ["outside.example.com. 300 IN CNAME target.elsewhere.org."]
    assert given.authority == ()


def test_an_alias_to_a_missing_name_of_a_zone_held_is_nxdomain(tree: Tree) -> None:
    given = ask(tree, "nowhere.example.com")
    assert given.rcode == dns.rcode.NXDOMAIN
    assert lines(given.answer) == ["nowhere.example.com. 300 IN CNAME nothing.example.net."]
    assert str(given.authority[0][0]) == "example.net."


def test_a_loop_of_aliases_ends(tree: Tree) -> None:
    assert len(ask(tree, "loop-a.example.com").answer) == 2


def test_an_alias_itself_can_be_asked_for(tree: Tree) -> None:
    assert lines(ask(tree, "alias.example.com", "CNAME").answer) == [
        "alias.example.com. 300 IN CNAME www.example.com."
    ]


def test_a_dname_is_answered_with_the_alias_that_it_makes(tree: Tree) -> None:
    assert lines(ask(tree, "a.old.example.com", recursive=False).answer) == [
        "old.example.com. 300 IN DNAME new.example.net.",
        "a.old.example.com. 300 IN CNAME a.new.example.net.",
    ]


def test_the_alias_that_a_dname_makes_can_be_asked_for(tree: Tree) -> None:
    given = ask(tree, "a.old.example.com", "CNAME")
    assert (given.rcode, len(given.answer), given.authority) == (dns.rcode.NOERROR, 2, ())


def test_a_delegation_to_a_zone_not_held_is_a_referral_with_glue(tree: Tree) -> None:
    given = ask(tree, "host.away.example.com", recursive=False)
    assert (given.rcode, given.authoritative, given.answer) == (dns.rcode.NOERROR, False, ())
    assert lines(given.authority) == ["away.example.com. 300 IN NS ns.away.example.com."]
    assert lines(given.additional) == ["ns.away.example.com. 300 IN A 192.0.2.53"]


def test_a_resolvers_client_learns_that_a_delegation_leads_nowhere(tree: Tree) -> None:
    assert ask(tree, "host.away.example.com").rcode == dns.rcode.SERVFAIL


def test_a_name_below_a_zone_held_is_answered_from_that_zone() -> None:
    tree = make_tree(example_com=EXAMPLE, away_example_com="host 300 A 192.0.2.77\n")
    given = ask(tree, "host.away.example.com", recursive=False)
    assert lines(given.answer) == ["host.away.example.com. 300 IN A 192.0.2.77"]
    assert given.authoritative
    parent = ask(tree, "away.example.com", "DS", recursive=False)
    assert str(parent.authority[0][0]) == "example.com."


def test_name_servers_of_a_zone_stand_for_the_servers_addresses_in_turn() -> None:
    tree = make_tree(
        example_com="@ 300 NS ada.ns.cloudflare.com.\n@ 300 NS bob.ns.cloudflare.com.\n"
    )
    assert lines(ask(tree, "ada.ns.cloudflare.com").answer) == [
        "ada.ns.cloudflare.com. 300 IN A 127.0.0.1"
    ]
    assert lines(ask(tree, "bob.ns.cloudflare.com").answer) == [
        "bob.ns.cloudflare.com. 300 IN A 127.0.0.2"
    ]
    given = ask(tree, "bob.ns.cloudflare.com", "AAAA")
    assert (given.rcode, str(given.authority[0][0])) == (dns.rcode.NOERROR, "com.")
    assert lines(ask(tree, "example.com", "NS").additional) == [
        "ada.ns.cloudflare.com. 300 IN A 127.0.0.1",
        "bob.ns.cloudflare.com. 300 IN A 127.0.0.2",
    ]


def test_a_real_address_of_a_name_server_comes_before_the_made_up_one() -> None:
    tree = make_tree(
        example_com="@ 300 NS ada.ns.cloudflare.com.\n",
        cloudflare_com="ada.ns 300 A 192.0.2.200\n",
    )
    assert lines(ask(tree, "ada.ns.cloudflare.com").answer) == [
        "ada.ns.cloudflare.com. 300 IN A 192.0.2.200"
    ]


def test_a_name_server_is_forgotten_with_the_last_zone_that_names_it() -> None:
    tree = make_tree(example_com="@ 300 NS ada.ns.cloudflare.com.\n")
    tree.remove(key_of(parse_name("example.com")))
    assert ask(tree, "ada.ns.cloudflare.com").rcode == dns.rcode.NXDOMAIN
    assert ask(tree, "example.com").rcode == dns.rcode.NXDOMAIN


def test_the_default_name_servers_have_addresses(tree: Tree) -> None:
    assert lines(ask(tree, "example.net", "NS").additional) == [
        "ns1.dns-local.test. 3600 IN A 127.0.0.1",
        "ns2.dns-local.test. 3600 IN A 127.0.0.2",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "www 300 A not-an-address\n",
        "www.example.org. 300 A 192.0.2.1\n",
        "www 300 CNAME a\nwww 300 A 192.0.2.1\n",
        "@ 300 CNAME www\n",
        "$INCLUDE /etc/passwd\n",
    ],
)
def test_a_zone_file_that_cannot_be_served_is_refused(text: str) -> None:
    with pytest.raises(BadZone):
        parse_zone(text, parse_name("example.com"))


def test_a_zone_reads_back_what_it_writes() -> None:
    zone = parse_zone(EXAMPLE, parse_name("example.com"))
    again = parse_zone(zone.to_text(), parse_name("example.com"))
    assert (again.nodes, again.soa.serial) == (zone.nodes, 7)


@pytest.mark.parametrize(
    ("name", "registrable"),
    [
        ("a.b.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("_dmarc.me.github.io", "me.github.io"),
        ("a.b.c.unlisted", "c.unlisted"),
        ("co.uk", None),
        (".", None),
    ],
)
def test_the_registrable_domain_is_one_label_more_than_the_public_suffix(
    name: str, registrable: str | None
) -> None:
    expected = None if registrable is None else key_of(parse_name(registrable))
    assert SUFFIXES.registrable(key_of(parse_name(name))) == expected

"""RFC 2136 updates on zones in memory."""

from collections.abc import Callable

import dns.rcode
import dns.rdatatype
import dns.update
import pytest

from local.dns.names import PublicSuffixes, key_of, parse_name
from local.dns.tree import Tree
from local.dns.updates import Result, apply_update
from local.dns.zones import Zone, parse_zone

SUFFIXES = PublicSuffixes()
TOP = [
    "example.com. 3600 IN SOA ns1.dns-local.test. hostmaster.dns-local.test. {} 3600 600 604800 60",
    "example.com. 3600 IN NS ns1.dns-local.test.",
    "example.com. 3600 IN NS ns2.dns-local.test.",
]
ZONE = """
www   300 A 192.0.2.1
www   300 A 192.0.2.2
alias 300 CNAME www
text  300 TXT "one" "two"
"""
REST = [
    "alias.example.com. 300 IN CNAME www.example.com.",
    'text.example.com. 300 IN TXT "one" "two"',
    "www.example.com. 300 IN A 192.0.2.1",
    "www.example.com. 300 IN A 192.0.2.2",
]


@pytest.fixture
def tree() -> Tree:
    made = Tree(("127.0.0.1", "127.0.0.2"), SUFFIXES)
    made.put(parse_zone(ZONE, parse_name("example.com"), serial=5))
    return made


def send(tree: Tree, message: dns.update.UpdateMessage) -> Result:
    """Apply a message as it arrives: through the wire format."""
    received = dns.message.from_wire(message.to_wire())
    assert isinstance(received, dns.update.UpdateMessage)
    result = apply_update(received, tree)
    for zone in result.zones.values():
        tree.put(zone)
    return result


def held(tree: Tree, name: str) -> Zone | None:
    return tree.zones.get(key_of(parse_name(name)))


def content(tree: Tree, name: str = "example.com") -> list[str]:
    zone = held(tree, name)
    return [] if zone is None else list(zone.lines())


def top(serial: int) -> list[str]:
    return [TOP[0].format(serial), *TOP[1:]]


def change(name: str = "example.com") -> dns.update.UpdateMessage:
    return dns.update.UpdateMessage(name)


def test_a_record_is_added_and_the_serial_raised(tree: Tree) -> None:
    message = change()
    message.add("a", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree) == [*top(6), 'a.example.com. 60 IN TXT "new"', *REST]


def test_a_record_that_is_there_already_changes_nothing(tree: Tree) -> None:
    message = change()
    message.add("www", 300, "A", "192.0.2.1")
    assert send(tree, message).zones == {}
    assert content(tree) == [*top(5), *REST]


def test_the_ttl_of_the_newest_record_is_the_whole_sets(tree: Tree) -> None:
    message = change()
    message.add("www", 60, "A", "192.0.2.3")
    send(tree, message)
    assert content(tree)[-3:] == [
        f"www.example.com. 60 IN A 192.0.2.{number}" for number in (1, 2, 3)
    ]


Change = Callable[[dns.update.UpdateMessage], None]


@pytest.mark.parametrize(
    ("delete", "kept"),
    [
        (lambda m: m.delete("www", "A", "192.0.2.1"), [*REST[:2], REST[3]]),
        (lambda m: m.delete("www", "A"), REST[:2]),
        (lambda m: m.delete("www"), REST[:2]),
        (lambda m: m.delete("text", "TXT", '"one" "two"'), [REST[0], *REST[2:]]),
        (lambda m: m.delete("alias"), REST[1:]),
    ],
)
def test_records_sets_and_names_are_deleted(tree: Tree, delete: Change, kept: list[str]) -> None:
    message = change()
    delete(message)
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree) == [*top(6), *kept]


@pytest.mark.parametrize(
    "delete",
    [
        lambda m: m.delete("@"),
        lambda m: m.delete("@", "NS"),
        lambda m: m.delete("@", "SOA"),
        lambda m: m.delete("nothing"),
        lambda m: m.delete("www", "MX"),
        lambda m: m.delete("www", "A", "192.0.2.9"),
        lambda m: m.delete("text", "TXT", '"onetwo"'),
    ],
)
def test_the_top_of_the_zone_and_what_is_not_there_cannot_be_deleted(
    tree: Tree, delete: Change
) -> None:
    message = change()
    delete(message)
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree) == [*top(5), *REST]


def test_the_last_name_server_stays(tree: Tree) -> None:
    message = change()
    message.delete("@", "NS", "ns1.dns-local.test.")
    message.delete("@", "NS", "ns2.dns-local.test.")
    send(tree, message)
    assert content(tree)[1] == "example.com. 3600 IN NS ns2.dns-local.test."


@pytest.mark.parametrize(
    "add",
    [
        lambda m: m.add("www", 300, "CNAME", "elsewhere.example.org."),
        lambda m: m.add("alias", 300, "TXT", '"beside an alias"'),
        lambda m: m.add("@", 300, "CNAME", "elsewhere.example.org."),
        lambda m: m.add("www", 300, "SOA", "a. b. 99 1 1 1 1"),
        lambda m: m.add("@", 300, "SOA", "a. b. 4 1 1 1 1"),
    ],
)
def test_what_may_not_stand_beside_other_records_is_passed_over(tree: Tree, add: Change) -> None:
    message = change()
    add(message)
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree) == [*top(5), *REST]


def test_an_alias_replaces_an_alias(tree: Tree) -> None:
    message = change()
    message.add("alias", 300, "CNAME", "other.example.org.")
    send(tree, message)
    assert content(tree)[3] == "alias.example.com. 300 IN CNAME other.example.org."


def test_a_newer_soa_replaces_the_old_one_and_keeps_its_serial(tree: Tree) -> None:
    message = change()
    message.add("@", 300, "SOA", "a. b. 99 1 1 1 1")
    send(tree, message)
    assert content(tree)[0] == "example.com. 300 IN SOA a. b. 99 1 1 1 1"


def test_the_serial_goes_from_its_greatest_value_to_one() -> None:
    tree = Tree(("127.0.0.1",), SUFFIXES)
    tree.put(parse_zone(ZONE, parse_name("example.com"), serial=2**32 - 1))
    message = change()
    message.add("a", 60, "TXT", '"new"')
    send(tree, message)
    assert content(tree)[0] == top(1)[0]


@pytest.mark.parametrize(
    ("require", "rcode"),
    [
        (lambda m: m.present("www"), "NOERROR"),
        (lambda m: m.present("nothing"), "NXDOMAIN"),
        (lambda m: m.present("www", "A"), "NOERROR"),
        (lambda m: m.present("www", "MX"), "NXRRSET"),
        (lambda m: m.present("www", "A", "192.0.2.2", "192.0.2.1"), "NOERROR"),
        (lambda m: m.present("www", "A", "192.0.2.1"), "NXRRSET"),
        (lambda m: m.present("nothing", "A", "192.0.2.1"), "NXRRSET"),
        (lambda m: m.absent("nothing"), "NOERROR"),
        (lambda m: m.absent("www"), "YXDOMAIN"),
        (lambda m: m.absent("www", "MX"), "NOERROR"),
        (lambda m: m.absent("www", "A"), "YXRRSET"),
    ],
)
def test_an_update_is_done_only_if_its_prerequisites_hold(
    tree: Tree, require: Change, rcode: str
) -> None:
    message = change()
    require(message)
    message.add("a", 60, "TXT", '"new"')
    assert dns.rcode.to_text(send(tree, message).rcode) == rcode
    expected = [*top(6), 'a.example.com. 60 IN TXT "new"'] if rcode == "NOERROR" else top(5)
    assert content(tree) == [*expected, *REST]


def test_an_update_with_one_name_outside_of_the_zone_does_nothing_at_all(tree: Tree) -> None:
    message = change()
    message.add("a", 60, "TXT", '"new"')
    message.add("a.example.org.", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.NOTZONE
    assert content(tree) == [*top(5), *REST]


def test_a_deletion_of_a_meta_type_is_malformed(tree: Tree) -> None:
    message = change()
    message.add("a", 60, "TXT", '"new"')
    message.delete("www", "AXFR")
    assert send(tree, message).rcode == dns.rcode.FORMERR
    assert content(tree) == [*top(5), *REST]


def test_the_first_update_makes_the_zone_with_two_name_servers(tree: Tree) -> None:
    message = change("News.example.net")
    message.add("@", 60, "TXT", '"new"')
    send(tree, message)
    assert content(tree, "news.example.net") == [
        "News.example.net. 3600 IN SOA ns1.dns-local.test. hostmaster.dns-local.test."
        " 1 3600 600 604800 60",
        "News.example.net. 3600 IN NS ns1.dns-local.test.",
        "News.example.net. 3600 IN NS ns2.dns-local.test.",
        'News.example.net. 60 IN TXT "new"',
    ]
    assert held(tree, "example.net") is None


def test_a_deletion_makes_no_zone(tree: Tree) -> None:
    message = change("example.net")
    message.delete("www")
    assert send(tree, message) == Result(dns.rcode.NOERROR, {})


def test_an_update_to_a_top_level_domain_goes_to_the_registrable_domain(tree: Tree) -> None:
    message = change("uk")
    message.add("_dmarc.shop.co.uk.", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree, "shop.co.uk")[-1] == '_dmarc.shop.co.uk. 60 IN TXT "new"'
    assert sorted(tree.zones) == [(b"example", b"com"), (b"shop", b"co", b"uk")]


def test_an_update_to_the_root_finds_the_last_two_labels_under_an_unlisted_domain(
    tree: Tree,
) -> None:
    message = change(".")
    message.add("a.b.shop.unlisted.", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert content(tree, "shop.unlisted")[-1] == 'a.b.shop.unlisted. 60 IN TXT "new"'


def test_an_update_to_a_top_level_domain_changes_every_zone_or_none(tree: Tree) -> None:
    message = change("com")
    message.add("a.example.com.", 60, "TXT", '"new"')
    message.add("a.other.com.", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.NOERROR
    assert 'a.example.com. 60 IN TXT "new"' in content(tree)
    assert content(tree, "other.com")[-1] == 'a.other.com. 60 IN TXT "new"'
    message.add("com.", 60, "TXT", '"nobody\'s"')
    message.add("b.example.com.", 60, "TXT", '"new"')
    assert send(tree, message).rcode == dns.rcode.REFUSED
    assert 'b.example.com. 60 IN TXT "new"' not in content(tree)

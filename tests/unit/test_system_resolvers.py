"""The machine's own resolvers, as resolv.conf(5) names them."""

from pathlib import Path

from onboarding.adapters.dns.config import DnsConfig, system_resolvers


def test_each_line_names_one(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# by hand\nsearch example.com\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")
    assert system_resolvers(file) == (("192.0.2.1", 53), ("2001:db8::1", 53))


def test_without_any_it_is_the_machine_itself(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for file in (tmp_path / "empty", tmp_path / "missing"):
        assert [host for host, _ in system_resolvers(file)] == ["127.0.0.1"]


def test_one_that_is_given_takes_their_place() -> None:
    assert DnsConfig(resolver=("127.0.0.1", 5300)).resolvers() == (("127.0.0.1", 5300),)

"""Unit tests open no connection: one that tries fails here, not on a machine without a network."""

import socket
from typing import Any, NoReturn

import pytest


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.path.name.startswith("test_local_"):
        return  # parts of the local world are servers: their tests may talk to them on loopback

    def refuse(*arguments: Any) -> NoReturn:
        raise AssertionError(f"a unit test opened a socket: {arguments[1:]}")

    for method in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, method, refuse)

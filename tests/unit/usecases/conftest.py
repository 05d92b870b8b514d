"""A fresh in-memory world for each test."""

import pytest

from tests.support.address_world import AddressWorld
from tests.support.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def address_world() -> AddressWorld:
    return AddressWorld()

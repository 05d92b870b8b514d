"""For all tests."""

import os

import pytest
from hypothesis import settings

# How one prints for a terminal of some width has tests of its own.
os.environ.pop("COLUMNS", None)

# How long one example takes says more about the machine than about the code.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def no_other_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forgets to name a resolver gets one that is not there: no test asks the machine's."""
    nobody = ("127.0.0.9", 53)
    monkeypatch.setattr("onboarding.adapters.dns.config.system_resolvers", lambda: (nobody,))

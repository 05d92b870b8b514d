"""Local worlds for the end-to-end tests; one for most, others for what needs another clock."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.world import LocalWorld, Options
from onboarding.domain.onboarding import Organisation
from tests.support.system import System

PLENTY = {
    "accounts": {
        "basic": {"domains": 10_000},
        "additional": {"domains": 10_000, "domains_by_approval": 10_000},
    }
}


@contextmanager
def running_world(folder: Path, options: Options) -> Iterator[System]:
    local = LocalWorld(folder)
    world = local.up(options)
    try:
        yield System(local, world)
    finally:
        local.down()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """An hour in six seconds; SES takes 20 control requests a second. All tests share its accounts,
    which therefore may have as many domains as they like; quotas have accounts of their own."""
    folder = tmp_path_factory.mktemp("world")
    with running_world(folder, Options(rate=600, ses_rate=20)) as running:
        for name in ("acme", "globex"):
            running.store.put_organisation(Organisation(name, override=PLENTY))
        yield running


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test starts with an SES that works."""
    yield
    if "system" in request.fixturenames:
        running: System = request.getfixturevalue("system")
        (running.local.folder / "ses-faults.json").write_text(json.dumps([]))

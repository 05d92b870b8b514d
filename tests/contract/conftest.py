"""One local SES for all contract tests that talk to it."""

from collections.abc import Iterator

import pytest

from tests.support.local_ses import LocalSes, running_ses


@pytest.fixture(scope="session")
def local_ses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSes]:
    with running_ses(tmp_path_factory.mktemp("ses")) as server:
        yield server

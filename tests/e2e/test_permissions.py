"""The roles are real: a function that lacks one permission cannot do its work."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.paths import ROOT
from local.world import Options
from tests.e2e.conftest import running_world
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

WEAKENED = "  CreateIdentityFunction: #"


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The template with one permission less: CreateIdentity may not keep the records."""
    project = tmp_path_factory.mktemp("stripped-project")
    for name in ("functions", "layers", "statemachine"):
        shutil.copytree(ROOT / name, project / name)
    template = (ROOT / "template.yaml").read_text()
    before, heading, function = template.partition(WEAKENED)
    assert heading, "the function is written otherwise now"
    allowed, removed = "dynamodb:GetItem, dynamodb:PutItem", "dynamodb:GetItem"
    assert allowed in function.split("\n\n")[0]
    weaker = before + heading + function.replace(allowed, removed, 1)
    (project / "template.yaml").write_text(weaker)
    folder: Path = tmp_path_factory.mktemp("stripped-world")
    with running_world(folder, Options(rate=600, ses_rate=0, template_dir=project)) as running:
        yield running


def test_a_function_without_one_permission_fails_the_onboarding(stripped: System) -> None:
    stripped.ask("weak.com")
    stripped.until_state("weak.com", "failed")
    assert "AccessDenied" in stripped.store.timeline("weak.com")[-1].why
    # Tried again and again, the identity was made once, and no mail promised what was not kept.
    assert stripped.effects("weak.com")["identity.created"] == 1
    assert stripped.mails("weak.com") == []
    eventually(
        lambda: any("fault on our side" in c for c in stripped.comments("T-weak.com")), "told"
    )

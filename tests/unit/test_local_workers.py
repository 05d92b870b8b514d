"""Where a local world's workers are unpacked: in memory where there is room, and cleared away."""

import shutil
from pathlib import Path

import pytest

from local import workers
from local.workers import Workers, available_memory, has_room
from tests.support.waiting import eventually


def test_the_folder_is_known_to_the_next_process_and_cleared_away(tmp_path: Path) -> None:
    made = Workers(tmp_path)
    folder = Path(made.folder())
    (folder / "code.zip").write_text("x")
    assert Workers(tmp_path).folder() == str(folder)
    Workers(tmp_path).clear()
    eventually(lambda: not folder.exists(), "it is gone")
    again = Path(made.folder())
    assert again != folder
    shutil.rmtree(again)


def test_nothing_is_cleared_where_nothing_was_made(tmp_path: Path) -> None:
    Workers(tmp_path).clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_memory_is_taken_only_where_it_has_room(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(workers, "MEMORY", memory)
    monkeypatch.setattr(workers, "ENOUGH_MEMORY", 1 if there else 2**60)
    folder = Path(Workers(tmp_path).folder())
    assert (folder.parent == memory) is there
    shutil.rmtree(folder)


def test_there_is_no_room_in_what_is_missing(tmp_path: Path) -> None:
    assert not has_room(tmp_path / "missing", 1)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("MemTotal:  16 kB\nMemAvailable:   12 kB\n", 12 * 1024),
        ("MemTotal:  16 kB\n", 0),
        ("MemAvailable: much\n", 0),
        ("no table\n", 0),
    ],
)
def test_available_memory_is_what_linux_says(text: str, size: int, tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text(text)
    assert available_memory(file) == size
    assert available_memory(tmp_path / "missing") == 0

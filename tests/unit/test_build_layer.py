"""When the layer's DNS engine is compiled, and when it stays pure Python."""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path

import pytest

import build_layer
import compile_dns

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were compiled, on a machine like Lambda's; what comes out wants 2.34."""
    folders: list[Path] = []

    def compile_in(folder: Path) -> None:
        folders.append(folder)
        write(folder, b"\0GLIBC_2.17\0GLIBC_2.34\0")

    monkeypatch.setattr(compile_dns, "obstacle", lambda: None)
    monkeypatch.setattr(compile_dns, "compile_in", compile_in)
    monkeypatch.setattr(platform, "python_version_tuple", lambda: ("3", "14", "1"))
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    return folders


def write(folder: Path, octets: bytes) -> None:
    (folder / f"some__mypyc{SUFFIX}").write_bytes(octets)


def test_on_a_machine_like_lambdas_it_is_compiled(
    tmp_path: Path, compiled: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    build_layer.quicken_dns(tmp_path)
    assert compiled == [tmp_path]
    assert len(list(compile_dns.compiled_in(tmp_path))) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("machine", "x86_64", "this is Python 3.14 on Linux x86_64"),
        ("system", "Darwin", "this is Python 3.14 on Darwin aarch64"),
        ("python_version_tuple", ("3", "13", "9"), "this is Python 3.13 on Linux aarch64"),
    ],
)
def test_on_another_machine_it_is_not_and_one_line_says_why(
    what: str,
    value: object,
    said: str,
    tmp_path: Path,
    compiled: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(platform, what, lambda: value)
    build_layer.quicken_dns(tmp_path)
    (line,) = capsys.readouterr().err.splitlines()
    assert compiled == []
    assert f"stays pure Python: {said}, the functions' Python 3.14 on Linux aarch64" in line


def test_without_a_compiler_it_is_not(
    tmp_path: Path,
    compiled: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(compile_dns, "obstacle", lambda: "there is no C compiler (cc)")
    build_layer.quicken_dns(tmp_path)
    assert compiled == []
    assert "there is no C compiler (cc)." in capsys.readouterr().err


def test_what_wants_a_newer_c_library_than_lambda_has_is_thrown_away(
    tmp_path: Path,
    compiled: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(compile_dns, "compile_in", lambda folder: write(folder, b"GLIBC_2.38"))
    build_layer.quicken_dns(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert "compiled here it wants glibc 2.38, and Lambda has 2.34" in capsys.readouterr().err

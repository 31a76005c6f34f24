"""`./portal`: what a machine with only Python does with it, tried in a copy of its own."""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMAND_LINE = 'import os, sys, demo_wheel\nprint(sys.argv[1:], os.getcwd(), demo_wheel.ANSWER, sep="|")\n'


def plain_environment(**variables: str) -> dict[str, str]:
    """The environment without this machine's own package sources."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"} | variables


def start(
    launcher: Path, *arguments: str, before: str = "", cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the launcher with this Python; `before` is code that makes the Python another one."""
    code = f"import runpy, sys\n{before}\nsys.argv = {[str(launcher), *arguments]!r}\n"
    code += f"runpy.run_path({str(launcher)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd or launcher.parent,
        env=plain_environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def make_wheel(folder: Path, answer: str) -> str:
    """A wheel with one module; returns its line in a lock file."""
    folder.mkdir(exist_ok=True)
    wheel = folder / "demo_wheel-1.0-py3-none-any.whl"
    information = "demo_wheel-1.0.dist-info"
    files = {
        "demo_wheel.py": f"ANSWER = {answer!r}\n",
        f"{information}/METADATA": "Metadata-Version: 2.1\nName: demo-wheel\nVersion: 1.0\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (files | {f"{information}/RECORD": record}).items():
            archive.writestr(name, text)
    return f"demo-wheel==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the launcher beside a one-package lock file and a command line that prints its arguments."""
    folder = tmp_path / "checkout"
    (folder / "review_portal").mkdir(parents=True)
    shutil.copy(ROOT / "portal", folder / "portal")
    (folder / "review_portal" / "__init__.py").touch()
    (folder / "review_portal" / "cli.py").write_text(COMMAND_LINE)
    (folder / "requirements.txt").write_text(make_wheel(tmp_path / "wheels", "answer"))
    return folder


def test_launcher_parses_on_old_python() -> None:
    assert isinstance(ast.parse((ROOT / "portal").read_text(), feature_version=(3, 6)), ast.Module)


def test_launcher_is_executable() -> None:
    assert os.access(ROOT / "portal", os.X_OK)


def test_old_python_is_told_what_is_needed(checkout: Path) -> None:
    result = start(checkout / "portal", "run", before="sys.version_info = (3, 9, 18, 'final', 0)", PATH="")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "门户需要 Python 3.11 或更新版本，当前是 3.9。请先安装 Python 3.11。\n"
        "The portal needs Python 3.11 or newer; this is 3.9.\n"
    )
    assert not (checkout / ".venv").exists()


def test_first_start_installs_and_second_start_needs_no_package_source(
    checkout: Path, tmp_path: Path
) -> None:
    first = start(
        checkout / "portal",
        "any",
        "--word",
        cwd=tmp_path,
        PIP_FIND_LINKS=str(tmp_path / "wheels"),
    )
    assert first.stdout == f"['any', '--word']|{tmp_path}|answer\n", first.stderr
    shutil.rmtree(tmp_path / "wheels")
    second = start(checkout / "portal", "run", "--port", "8001")
    assert (second.stdout, second.stderr) == (f"['serve', '--port', '8001']|{checkout}|answer\n", "")


def test_changed_lock_file_is_installed_again(checkout: Path, tmp_path: Path) -> None:
    source = {"PIP_FIND_LINKS": str(tmp_path / "wheels")}
    start(checkout / "portal", "any", **source)
    lock = checkout / "requirements.txt"
    lock.write_text("# a newer lock\n" + lock.read_text())
    again = start(checkout / "portal", "any", **source)
    assert again.stderr == "安装依赖（首次约 2 分钟）… / installing requirements.txt …\n"
    assert start(checkout / "portal", "any").stderr == ""


def test_package_with_another_hash_is_refused(checkout: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "another answer")
    result = start(checkout / "portal", "run", PIP_FIND_LINKS=str(tmp_path / "wheels"), PIP_NO_INDEX="1")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "A package does not match its locked hash and was not installed. Use another package source."
    )


def test_unreachable_index_is_explained_in_both_languages(checkout: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        result = start(checkout / "portal", "run", PIP_INDEX_URL=index, no_proxy="*")
    assert (result.returncode, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[2] == (
        "无法连接软件包索引，依赖没有装全。请检查网络后重试；没有互联网时，先在能上网的同类电脑上执行"
    )
    assert lines[-1] == "PIP_FIND_LINKS=FOLDER ./portal run"


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this Python has no pip to borrow")
def test_folder_that_does_not_serve_is_named_where_no_index_can_be_reached(
    checkout: Path, tmp_path: Path
) -> None:
    """The reason is the folder's package, not the network that the office does not have."""
    make_wheel(tmp_path / "wheels", "changed")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        folder = str(tmp_path / "wheels")
        result = start(checkout / "portal", "run", PIP_FIND_LINKS=folder, PIP_INDEX_URL=address, no_proxy="*")
    assert result.returncode == 1
    assert "demo-wheel" in result.stderr
    said = result.stderr.splitlines()[-4:]
    assert (
        said[0]
        == f"{folder} 里的软件包没有装上，原因见上；也无法连接软件包索引。请在系统和 Python 版本相同的"
    )
    assert "无法连接软件包索引，依赖没有装全" not in result.stderr


def test_missing_ensurepip_borrows_the_pip_of_the_system(checkout: Path, tmp_path: Path) -> None:
    result = start(
        checkout / "portal",
        "any",
        before="sys.modules['ensurepip'] = None",
        PIP_FIND_LINKS=str(tmp_path / "wheels"),
    )
    assert result.stdout == f"['any']|{checkout}|answer\n", result.stderr
    own_pip = subprocess.run(
        [checkout / ".venv/bin/python", "-c", "import pip"], capture_output=True, check=False
    )
    assert own_pip.returncode == 1


def test_neither_ensurepip_nor_pip_names_the_package_to_install(checkout: Path) -> None:
    result = start(checkout / "portal", "run", before="sys.modules['ensurepip'] = sys.modules['pip'] = None")
    assert (result.returncode, result.stdout) == (1, "")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert result.stderr.splitlines()[-1] == f"    apt-get install {package}"


def test_no_command_shows_how_to_use_it(checkout: Path) -> None:
    result = start(checkout / "portal")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == (
        "Start, test and operate the review portal. Needs Python 3.11 or newer and nothing else."
    )


@pytest.mark.parametrize("extra", ["", "-test", "-assign", "-pdf"])
def test_lock_files_carry_hashes_and_no_host(extra: str) -> None:
    text = (ROOT / f"requirements{extra}.txt").read_text()
    assert "//" not in text
    pinned = [line for line in text.splitlines() if "==" in line]
    assert [line for line in pinned if not line.endswith("\\")] == []

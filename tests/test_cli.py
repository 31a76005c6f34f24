"""The command line, as another program or an administrator on the host uses it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORMS = ROOT / "tests" / "data" / "forms"
RECOMMENDATIONS = ROOT / "tests" / "data" / "recommendations"
ONE_TIME = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}")


def portal(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own; a warning would end it."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "review_portal.cli", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "expected_file", sorted(FORMS.glob("*.expected.json")), ids=lambda path: path.name[:5]
)
def test_dossier_read_prints_one_json_object_and_nothing_else(expected_file: Path) -> None:
    expected = json.loads(expected_file.read_text())
    received = expected["received_at"]
    options = ["--received-at", received, "--json"]
    if expected["expected"]["district"] == "两江新区":  # the one district whose 附件1 is among the samples
        options += ["--recommendation", str(RECOMMENDATIONS / "annex1_liangjiang.xlsx")]
    result = portal("dossier", "read", FORMS / expected["file"], *options)
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert list(found) == ["file", "received_at", "values", "findings", "overall"]
    assert (found["file"], found["received_at"]) == (expected["file"], received)
    assert list(found["values"]) == list(expected["expected"])
    assert found["overall"] == expected["overall"]
    assert [(row["rule"], row["result"]) for row in found["findings"]] == [
        (row["rule"], row["result"]) for row in expected["rule_checks"]
    ]
    assert {tuple(row) for row in found["findings"]} == {
        ("rule", "title", "mode", "severity", "result", "note")
    }


def test_dossier_read_takes_the_recommendation_as_word_and_the_call_by_name() -> None:
    result = portal(
        "dossier",
        "read",
        FORMS / "app01_eligible_single.docx",
        "--call",
        "green_platform_2023",
        "--recommendation",
        RECOMMENDATIONS / "annex1_liangjiang.docx",
        "--json",
    )
    findings = {row["rule"]: row["result"] for row in json.loads(result.stdout)["findings"]}
    assert findings["F24"] == "pass"


def test_dossier_read_without_json_ends_with_the_suggestion() -> None:
    result = portal("dossier", "read", FORMS / "app01_eligible_single.docx")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "文件                app01_eligible_single.docx"
    assert result.stdout.splitlines()[-1] == "系统建议：建议受理（由工作人员决定）"


def test_dossier_read_loads_neither_flask_nor_a_database() -> None:
    code = (
        "import sys\nfrom review_portal.cli import main\n"
        f"main(['dossier', 'read', {str(FORMS / 'app01_eligible_single.docx')!r}], standalone_mode=False)\n"
        "sys.exit(bool({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


def test_dossier_read_of_another_file_exits_with_2_and_the_reason(tmp_path: Path) -> None:
    other = tmp_path / "申报书.docx"
    other.write_text("not a Word file")
    result = portal("dossier", "read", other, "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_dossier_read_of_a_recommendation_table_exits_with_2_and_says_what_it_is() -> None:
    table = ROOT / "tests" / "data" / "recommendations" / "annex1_liangjiang.docx"
    result = portal("dossier", "read", table, "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert "这是推荐汇总表（附件1）" in result.stderr


def test_dossier_read_of_a_missing_file_names_it() -> None:
    result = portal("dossier", "read", "nowhere.docx", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "无法读取文件 nowhere.docx：请检查路径与权限。（No such file or directory）\n"


@pytest.mark.parametrize("text", ["yesterday", "2023-02-16", "2023-02-16T10:05:00"])
def test_received_at_without_a_zone_is_refused(text: str) -> None:
    result = portal("dossier", "read", FORMS / "app01_eligible_single.docx", "--received-at", text)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (f"收到时间“{text}”须写成带时区的 ISO 8601，例如 2023-02-16T10:05:00+08:00。\n")


def test_unknown_folder_of_a_call_is_refused(tmp_path: Path) -> None:
    result = portal("dossier", "read", FORMS / "app01_eligible_single.docx", "--call", tmp_path / "none")
    assert (result.returncode, result.stdout) == (2, "")


def test_account_opened_and_reset_on_the_host_stands_on_the_audit_chain(tmp_path: Path) -> None:
    instance = {"PORTAL_INSTANCE": str(tmp_path / "instance"), "DATABASE_URL": ""}
    opened = portal("accounts", "create", "zhou", "--name", "周示例", "--role", "secretariat", **instance)
    renewed = portal("accounts", "reset", "zhou", **instance)
    passwords = ONE_TIME.findall(opened.stdout + renewed.stdout)
    assert len(set(passwords)) == 2
    checked = portal("audit", "verify", **instance)
    assert (checked.returncode, checked.stdout.split("，")[0]) == (0, "审计链完整：共 2 条")
    frozen = portal("ranking", "verify", **instance)
    assert (frozen.returncode, frozen.stdout) == (0, "没有冻结的排名。\n")
    unknown = portal("ranking", "verify", "aaaaaaaaaaaa", **instance)
    assert (unknown.returncode, unknown.stderr) == (1, "没有编号为aaaaaaaaaaaa的批次。\n")


def test_reset_of_an_unknown_login_is_refused_in_a_sentence(tmp_path: Path) -> None:
    result = portal("accounts", "reset", "nobody", PORTAL_INSTANCE=str(tmp_path), DATABASE_URL="")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "没有名为 nobody 的账号。\n"


def test_account_with_a_role_that_does_not_exist_lists_the_roles(tmp_path: Path) -> None:
    result = portal(
        *("accounts", "create", "zhou", "--name", "周示例", "--role", "boss"),
        PORTAL_INSTANCE=str(tmp_path),
        DATABASE_URL="",
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "没有“boss”这种角色。可填：administrator、secretariat、supervisor、expert、counting_clerk、checking_clerk。\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["bogus"],
            "没有“bogus”这个命令。可用：accounts、archive、assign、audit、demo、dossier、draw、jobs、migrate、ranking、serve。",
        ),
        (["accounts", "drop"], "没有“drop”这个命令。可用：create、reset。"),
        (["dossier", "read"], "缺少 FILE。"),
        (["accounts", "create", "zhou", "--role", "expert"], "缺少 --name。"),
        (["dossier", "read", "a.docx", "--bogus"], "没有 --bogus 这个选项。"),
        (
            ["demo", "--at", "nowhere"],
            "--at 不能是“nowhere”，可填：scoring、reconciling、ranked、decided、publicity。",
        ),
        (["serve", "--port", "70000"], "--port 的值不能用，请核对后重新填写。"),
        (["serve", "--port"], "--port 后面缺少值。"),
        (["migrate", "now"], "命令写法有误。"),
    ],
)
def test_mistyped_command_is_told_in_a_sentence(arguments: list[str], sentence: str) -> None:
    result = portal(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    said, way = result.stderr.splitlines()
    assert said == sentence
    assert way.startswith("写法见：./portal ")
    assert way.endswith(" -h")


def test_mistyped_setting_is_told_before_anything_is_created(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    result = portal("migrate", PORTAL_INSTANCE=str(instance), PORTAL_IDLE_MINUTES="often")
    assert (result.returncode, result.stderr) == (
        1,
        "设置有误：设置 idle_minutes 须为整数，现在是“often”。\n",
    )
    assert not instance.exists()


def test_first_start_prints_two_accounts_once_and_keeps_its_files_private(tmp_path: Path) -> None:
    first, second = (serve_until_started(tmp_path / "instance") for _ in range(2))
    assert [line.split()[:3] for line in first if ONE_TIME.search(line)] == [
        ["管理员", "账号", "admin"],
        ["秘书处", "账号", "office"],
    ]
    assert [line for line in second if ONE_TIME.search(line)] == []
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "instance").iterdir()}
    assert set(modes.values()) == {0o600}


def serve_until_started(instance: Path) -> list[str]:
    """What `serve` prints until its address, included."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = []
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "review_portal.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"PORTAL_INSTANCE": str(instance), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("门户已启动"):
                process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    return lines

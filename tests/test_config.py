"""Settings: defaults, then the instance's file, then the environment, then what the caller says."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from review_portal.config import ROOT, Settings, load_settings, secret_key


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests."""
    for name in list(os.environ):
        if name.startswith("PORTAL_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


def test_defaults_hold_where_nothing_is_said(tmp_path: Path) -> None:
    assert load_settings(instance=tmp_path) == Settings(instance=tmp_path)


def test_file_prevails_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("idle_minutes = 30\n", encoding="utf-8")
    assert load_settings(instance=tmp_path).idle_minutes == 30


def test_environment_prevails_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("idle_minutes = 30\n", encoding="utf-8")
    monkeypatch.setenv("PORTAL_IDLE_MINUTES", "60")
    assert load_settings(instance=tmp_path).idle_minutes == 60


def test_caller_prevails_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_IDLE_MINUTES", "60")
    assert load_settings(instance=tmp_path, idle_minutes=90).idle_minutes == 90


def test_environment_names_the_instance_and_its_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("lock_after = 3\n", encoding="utf-8")
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))
    assert load_settings() == Settings(instance=tmp_path, lock_after=3)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("ON", True), ("yes", True), ("0", False), ("", False)]
)
def test_switch_is_read_from_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    monkeypatch.setenv("PORTAL_DEMO", text)
    assert load_settings(instance=tmp_path).demo == value


def test_word_for_a_number_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_LOCK_AFTER", "five")
    with pytest.raises(ValueError, match="设置 lock_after 须为整数，现在是“five”。"):
        load_settings(instance=tmp_path)


def test_negative_count_of_proxies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="设置 trusted_proxies 须为 0 或正整数，现在是“-1”。"):
        load_settings(instance=tmp_path, trusted_proxies=-1)


@pytest.mark.parametrize("url", ["", "http://review.example"])
def test_proxies_without_an_https_address_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match=f"public_url 须以 https:// 开头，现在是“{url}”："):
        load_settings(instance=tmp_path, trusted_proxies=1, public_url=url)


@pytest.mark.parametrize(
    "stated", [{"public_url": "https://review.example"}, {"allow_plain_http": True}, {"trusted_proxies": 0}]
)
def test_proxies_are_believed_where_cookies_are_safe_or_plain_http_was_allowed(
    tmp_path: Path, stated: dict[str, Any]
) -> None:
    wanted = {"trusted_proxies": 1, **stated}
    found = load_settings(instance=tmp_path, **wanted)
    assert {name: getattr(found, name) for name in wanted} == wanted


def test_unknown_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('colour = "blue"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="不认识的设置：colour"):
        load_settings(instance=tmp_path)


def test_settings_cannot_be_changed_while_running(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load_settings(instance=tmp_path).demo = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("", "sqlite:////instance/portal.db"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:///other.db", "sqlite:///other.db"),
    ],
)
def test_database_address_names_its_driver(given: str, url: str) -> None:
    assert Settings(instance=Path("/instance"), database_url=given).url == url


def test_database_url_is_read_from_its_usual_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u@h/d")
    assert load_settings(instance=tmp_path).url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("url", "secure"), [("https://a.example", True), ("http://a.example", False), ("", False)]
)
def test_portal_is_secure_where_its_address_says_so(url: str, secure: bool) -> None:
    assert Settings(public_url=url).secure == secure


def test_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "instance")
    path = tmp_path / "instance" / "secret_key"
    assert secret_key(tmp_path / "instance") == first == path.read_text()
    assert (len(first), stat.S_IMODE(path.stat().st_mode)) == (64, 0o600)


def test_two_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as starts:
        keys = set(starts.map(secret_key, [tmp_path] * 8))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_two_instances_have_different_keys(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


def test_every_setting_says_what_it_is_for() -> None:
    assert [item.name for item in fields(Settings) if not item.metadata.get("doc")] == []


def test_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.partition("\n## 设置\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", part, re.M)
    expected = [(item.name, printed(item.default), item.metadata["doc"]) for item in fields(Settings)]
    assert [(name, default, plain(doc)) for name, default, doc in shown] == [
        (name, default, plain(doc)) for name, default, doc in expected
    ]


def plain(text: str) -> str:
    return text.replace("`", "").replace(" ", "")


def printed(default: object) -> str:
    """A default as README shows it."""
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default != "" else "空"

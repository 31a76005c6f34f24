"""Settings: one frozen, documented dataclass; defaults < instance/config.toml < environment."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

VERSION = "0.1.0"  # also in pyproject.toml; a test keeps them equal
SMTP_SECURITY = ("starttls", "tls", "none")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every switch of the portal. Environment names are `PORTAL_<NAME>`; the database is `DATABASE_URL`."""

    instance: Path = field(default=ROOT / "instance", metadata={"doc": "数据库、文件、密钥所在目录"})
    database_url: str = field(default="", metadata={"doc": "数据库地址；空表示 instance/portal.db（SQLite）"})
    rubrics: Path = field(default=ROOT / "scoring_rubrics", metadata={"doc": "批次规则文件夹所在目录"})
    public_url: str = field(default="", metadata={"doc": "对外地址；以 https 开头时启用安全 Cookie"})
    trusted_proxies: int = field(
        default=0, metadata={"doc": "前面有几层反向代理；大于 0 才采信其转发的来访地址和协议"}
    )
    allow_plain_http: bool = field(
        default=False, metadata={"doc": "允许在非本机地址上使用明文 http（不建议）"}
    )
    upload_limit_mb: int = field(default=50, metadata={"doc": "一次上传的上限（MB）"})
    idle_minutes: int = field(default=480, metadata={"doc": "无操作多少分钟后须重新登录"})
    lock_after: int = field(default=5, metadata={"doc": "连续输错密码多少次后锁定"})
    lock_minutes: int = field(default=30, metadata={"doc": "锁定多少分钟"})
    password_min: int = field(default=10, metadata={"doc": "密码最短位数"})
    smtp_host: str = field(default="", metadata={"doc": "发信的邮件服务器；空表示不发邮件，提醒改为复制文字"})
    smtp_port: int = field(default=587, metadata={"doc": "邮件服务器端口"})
    smtp_user: str = field(default="", metadata={"doc": "登录邮件服务器的账号；空表示不登录"})
    smtp_password: str = field(
        default="",
        repr=False,
        metadata={"doc": "登录邮件服务器的密码；写在环境变量或 instance/config.toml 里"},
    )
    smtp_security: str = field(default="starttls", metadata={"doc": "加密方式：starttls、tls 或 none"})
    mail_from: str = field(default="", metadata={"doc": "发件地址"})
    styleguide: bool = field(default=False, metadata={"doc": "开发用：显示 /styleguide 组件页"})
    demo: bool = field(default=False, metadata={"doc": "演示实例：页脚标明为演示数据"})
    testing: bool = field(default=False, metadata={"doc": "测试用：不启用限速"})

    @property
    def url(self) -> str:
        """The SQLAlchemy URL; a bare `postgresql://` is read as psycopg's."""
        if not self.database_url:
            return f"sqlite:///{self.instance / 'portal.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def secure(self) -> bool:
        """Whether the portal is served over https."""
        return self.public_url.startswith("https://")


def _coerce(name: str, kind: str, value: Any) -> Any:
    if kind == "bool" and isinstance(value, str):
        return value.strip().lower() in {"1", "true", "yes", "on"}
    if kind == "int":
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"设置 {name} 须为整数，现在是“{value}”。") from None
    return Path(value) if kind == "Path" else value


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` win. Unknown names raise `ValueError` naming them."""
    kinds = {item.name: str(item.type) for item in fields(Settings)}
    known = dict(overrides)
    environment = {
        name: os.environ[f"PORTAL_{name.upper()}"] for name in kinds if f"PORTAL_{name.upper()}" in os.environ
    }
    if "DATABASE_URL" in os.environ:
        environment["database_url"] = os.environ["DATABASE_URL"]
    instance = Path(known.get("instance") or environment.get("instance") or ROOT / "instance")
    path = instance / "config.toml"
    filed: dict[str, Any] = {}
    if path.exists():
        with path.open("rb") as stream:
            filed = tomllib.load(stream)
    values = {**filed, **environment, **known}
    unknown = sorted(set(values) - set(kinds))
    if unknown:
        raise ValueError(f"不认识的设置：{'、'.join(unknown)}（见 README“设置”一节）。")
    settings = replace(
        Settings(), **{name: _coerce(name, kinds[name], value) for name, value in values.items()}
    )
    _refuse_unsafe_proxies(settings)
    _refuse_half_a_mailbox(settings)
    return settings


def _refuse_unsafe_proxies(settings: Settings) -> None:
    """A proxy stands in front so that people come over https: their cookies must be for https alone."""
    if settings.trusted_proxies < 0:
        raise ValueError(f"设置 trusted_proxies 须为 0 或正整数，现在是“{settings.trusted_proxies}”。")
    if settings.trusted_proxies and not (settings.secure or settings.allow_plain_http):
        raise ValueError(
            f"设置 trusted_proxies 大于 0 时，public_url 须以 https:// 开头，现在是“{settings.public_url}”："
            "否则登录 Cookie 不限于 https，会在明文连接中被人截取。"
            "请填写对外的 https 地址（PORTAL_PUBLIC_URL）；"
            "代理对外确实只提供明文 http 时，设置 allow_plain_http = true。"
        )


def _refuse_half_a_mailbox(settings: Settings) -> None:
    """A letter needs a sender and says where the portal is; a password goes over an encrypted line only."""
    if not settings.smtp_host:
        return
    if settings.smtp_security not in SMTP_SECURITY:
        raise ValueError(
            f"设置 smtp_security 须为 {'、'.join(SMTP_SECURITY)} 之一，现在是“{settings.smtp_security}”。"
        )
    if not re.fullmatch(r"[!-~]+@[!-~]+", settings.mail_from):
        raise ValueError(f"设置 smtp_host 后，mail_from 须为发件地址，现在是“{settings.mail_from}”。")
    if not settings.public_url:
        raise ValueError("设置 smtp_host 后，须设置 public_url：邮件里要写明门户的地址。")
    if settings.smtp_password and settings.smtp_security == "none":
        raise ValueError("smtp_security 为 none 时密码会在明文连接中送出，请改为 starttls 或 tls。")


def secret_key(instance: Path) -> str:
    """The signing key of this instance, made at the first start with mode 0600."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        draft = instance / f".secret_key-{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # whole or not at all: two first starts agree on one key
        except FileExistsError:
            return path.read_text()
        finally:
            draft.unlink()
    return path.read_text()

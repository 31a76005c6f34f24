"""Serving: waitress on this machine, gunicorn with TLS for a meeting room."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import ipaddress
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from review_portal.domain.errors import PortalError
from review_portal.domain.messages import mark

if TYPE_CHECKING:
    from flask import Flask

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CERTIFICATE_DAYS = 7
CERTIFICATE_SPARE = timedelta(days=1)  # a kept certificate must outlast the meeting
CLOCK_SKEW = timedelta(minutes=5)  # phones in the room may be slow
WAITRESS_THREADS = 4
LAN_THREADS = 8


class CannotServe(PortalError):
    """The portal cannot listen where it was asked to; the message says what to use instead."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key on disk (both PEM, mode 0600) and its SHA-256 fingerprint `AA:BB:…`."""

    certificate: Path
    key: Path
    fingerprint: str
    expires: datetime


def url_of(scheme: str, host: str, port: int) -> str:
    """The address as people type it; IPv6 in brackets."""
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(
    app: Flask,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    say: Callable[[str], None] = print,
    plain_http: bool = False,
    trusted_proxies: int = 0,
) -> None:
    """Serve `app` until SIGTERM or Ctrl+C; work under way is finished first.

    Raises `CannotServe` for an address that is not the loopback unless `plain_http` allows it (then it
    warns), and for a port that is taken or reserved. Of so many proxies on this machine the forwarded
    address and protocol are passed on to `app`; anyone else's are taken away.
    """
    from waitress.server import create_server

    loopback = _is_loopback(host)
    if not loopback and not plain_http:
        raise CannotServe(
            mark(
                "在 %(host)s 上使用明文 http 会泄露密码。会议室请用：./portal run --lan 本机地址；"
                "确需如此时设置 allow_plain_http = true。",
                host=host,
            )
        )
    # A request that waits a moment for a thread is no news to the person at the window.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listener = _listener(host, port)  # ours, so that a refusal leaves nothing half open in waitress
    server = create_server(
        app,
        sockets=[listener],
        threads=WAITRESS_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        **_proxy_options(host, trusted_proxies),
    )
    with _sigterm_stops():
        if not loopback:
            say("注意：正在非本机地址上使用明文 http，密码可被同一网络上的人看到。")
        chosen = listener.getsockname()[1]  # port 0 asks the system for a free one
        say(f"门户已启动：{url_of('http', host, chosen)} （按 Ctrl+C 停止）")
        server.run()
        for channel in tuple(server.active_channels.values()):
            channel.handle_close()  # a browser's idle connection; its answers are sent
        server.close()
    say("门户已停止。")


def _proxy_options(host: str, trusted_proxies: int) -> dict[str, Any]:
    """What waitress believes: the proxy in front of it on this machine, or nobody."""
    if not trusted_proxies:
        return {}
    return {
        "trusted_proxy": "::1" if ":" in host else "127.0.0.1",
        "trusted_proxy_count": trusted_proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


def serve_lan(
    load_app: Callable[[], Flask],
    address: str,
    port: int,
    *,
    tls_folder: Path,
    say: Callable[[str], None] = print,
) -> NoReturn:
    """Serve a meeting room over TLS on `address` of this machine until stopped; needs no internet.

    `load_app` is called in the serving process, after the fork. Prints address, QR code and fingerprint
    once the socket listens. Raises `CannotServe` for an address that is not this machine's.
    """
    own = own_address(address)
    url = url_of("https", str(own), port)
    _listener(str(own), port).close()  # gunicorn would try a taken port five times before it says so
    certificate = certificate_for(own, tls_folder)

    def announce(_arbiter: object) -> None:
        say(f"门户已启动：{url} （按 Ctrl+C 停止）")
        say(_qr_code(url))
        say(f"证书指纹 SHA-256：{certificate.fingerprint}")
        say("浏览器首次打开会提示证书不受信任：请核对指纹与此处一致后再继续。")

    options = {
        "bind": url.removeprefix("https://"),
        "certfile": str(certificate.certificate),
        "keyfile": str(certificate.key),
        "workers": 1,  # one process: rate limits and wake-ups live in its memory
        "worker_class": "gthread",
        "threads": LAN_THREADS,
        "timeout": 120,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "control_socket_disable": True,
        "when_ready": announce,
    }
    _gunicorn(load_app, options).run()
    raise SystemExit(0)


def _gunicorn(load_app: Callable[[], Flask], options: dict[str, Any]) -> Any:
    """gunicorn as a library: its own command line, files and environment are not read."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load_config(self) -> None:
            for name, value in options.items():
                if name in self.cfg.settings:  # older versions have no control socket to switch off
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            return load_app()

    return Server()


def own_address(text: str) -> Address:
    """`text` as one of this machine's addresses. Raises `CannotServe` naming what could be used."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise CannotServe(
            mark(
                "“%(text)s” 不是 IP 地址。请填写本机地址，例如 %(hint)s。", text=text, hint=_likely_address()
            )
        ) from None
    if address.is_unspecified or address.is_multicast:
        raise CannotServe(
            mark(
                "%(text)s 不是一台机器的地址，证书无法为它签发。请填写本机地址，例如 %(hint)s。",
                text=text,
                hint=_likely_address(),
            )
        )
    try:
        with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        raise CannotServe(
            mark(
                "%(text)s 不是本机的地址。请填写本机地址，例如 %(hint)s。", text=text, hint=_likely_address()
            )
        ) from None
    return address


def certificate_for(address: Address, folder: Path) -> Certificate:
    """The kept certificate for `address` while it lasts another day, else a new one of seven days.

    Keeping it spares the room a second warning after a restart.
    """
    from cryptography import x509

    name = str(address).replace(":", "-")
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    if certificate.exists() and key.exists():
        kept = x509.load_pem_x509_certificate(certificate.read_bytes())
        if kept.not_valid_after_utc - datetime.now(UTC) > CERTIFICATE_SPARE:
            return _described(certificate, key)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    key_text, certificate_text = _self_signed(address)
    _write_private(key, key_text)
    _write_private(certificate, certificate_text)
    return _described(certificate, key)


def _self_signed(address: Address) -> tuple[bytes, bytes]:
    """(key, certificate) as PEM: P-256, the address as its only subject alternative name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, str(address))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)


def _described(certificate: Path, key: Path) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    digest = hashlib.sha256(parsed.public_bytes(Encoding.DER)).hexdigest().upper()
    fingerprint = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    return Certificate(certificate, key, fingerprint, parsed.not_valid_after_utc)


def _write_private(path: Path, content: bytes) -> None:
    """Write with mode 0600 from the first byte, and whole or not at all."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    draft.replace(path)


def _qr_code(url: str) -> str:
    """The address as a QR code in half-block characters, for phones in the room."""
    import io

    import segno

    drawn = io.StringIO()
    segno.make(url, micro=False).terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue().rstrip("\n")


def _likely_address() -> str:
    """This machine's address towards others; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # documentation network: only the routing table is asked
        except OSError:
            return "192.168.1.10"
        return str(probe.getsockname()[0])


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listener(host: str, port: int) -> socket.socket:
    """A listening socket, or what the system says about it as a sentence with a way out."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except socket.gaierror:
        raise CannotServe(mark("找不到地址 %(host)s，请检查拼写。", host=host)) from None
    except PermissionError:
        raise CannotServe(
            mark("当前用户不能使用端口 %(port)s，请用 --port 指定 1024 以上的端口。", port=port)
        ) from None
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise CannotServe(
            mark(
                "端口 %(port)s 已被占用：门户可能已在运行；否则请用 --port 另选，例如 --port %(other)s。",
                port=port,
                other=port + 1,
            )
        ) from None


@contextlib.contextmanager
def _sigterm_stops() -> Iterator[None]:
    """Let SIGTERM end waitress as Ctrl+C does; it installs no handler of its own."""

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

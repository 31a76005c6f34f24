"""Serving: one machine over http, a meeting room over TLS, and a clean stop of both."""

from __future__ import annotations

import hashlib
import ipaddress
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from flask import Flask

from review_portal.server import CannotServe, certificate_for, own_address, serve, url_of

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
HELLO = "from flask import Flask\napp = Flask('hello')\napp.get('/')(lambda: 'answered')\n"


@contextmanager
def serving(code: str) -> Iterator[subprocess.Popen[str]]:
    """A server process of its own, as a service manager would start it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-u", "-c", HELLO + code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def stop(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Send SIGTERM; returns exit code and what was printed since."""
    process.send_signal(signal.SIGTERM)
    printed, complained = process.communicate(timeout=30)
    return process.returncode, printed, complained


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_serve_prints_its_address_answers_and_stops_cleanly_on_sigterm() -> None:
    with serving("from review_portal.server import serve\nserve(app, port=0)") as process:
        address = first_line(process).removeprefix("门户已启动：").removesuffix(" （按 Ctrl+C 停止）")
        with urllib.request.urlopen(address) as answer:
            assert answer.read() == b"answered"
        assert stop(process) == (0, "门户已停止。\n", "")


def test_serve_keeps_quiet_about_requests_that_wait_for_a_thread() -> None:
    code = (
        "import time\nfrom review_portal.server import serve\n"
        "app.get('/slow', endpoint='slow')(lambda: time.sleep(0.5) or 'slow')\n"
        "serve(app, port=0)"
    )
    with serving(code) as process:
        address = first_line(process).removeprefix("门户已启动：").removesuffix(" （按 Ctrl+C 停止）")
        with ThreadPoolExecutor(12) as readers:  # three times as many as waitress has threads

            def read(_: int) -> bytes:
                with urllib.request.urlopen(f"{address}/slow") as answer:
                    return bytes(answer.read())

            assert list(readers.map(read, range(12))) == [b"slow"] * 12
        assert stop(process) == (0, "门户已停止。\n", "")


@pytest.mark.parametrize(
    ("proxies", "told"),
    [(0, b"127.0.0.1 http - -"), (1, b"203.0.113.9 https 203.0.113.9 -")],
)
def test_serve_passes_on_what_its_own_proxy_says_and_nothing_else(proxies: int, told: bytes) -> None:
    code = (
        "from flask import request\nfrom review_portal.server import serve\n"
        "names = ('X-Forwarded-For', 'X-Forwarded-Host')\n"
        "app.get('/seen', endpoint='seen')(lambda: ' '.join((request.remote_addr, request.scheme,"
        " *(request.headers.get(name, '-') for name in names))))\n"
        f"serve(app, port=0, trusted_proxies={proxies})"
    )
    headers = {
        "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    with serving(code) as process:
        address = first_line(process).removeprefix("门户已启动：").removesuffix(" （按 Ctrl+C 停止）")
        with urllib.request.urlopen(urllib.request.Request(f"{address}/seen", headers=headers)) as answer:
            assert answer.read() == told
        assert stop(process) == (0, "门户已停止。\n", "")


def test_serve_on_a_taken_port_names_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe) as refused:
            serve(Flask("hello"), port=port)
    assert str(refused.value.message) == (
        f"端口 {port} 已被占用：门户可能已在运行；否则请用 --port 另选，例如 --port {port + 1}。"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "portal.example"])
def test_serve_refuses_plain_http_beyond_this_machine(host: str) -> None:
    with pytest.raises(CannotServe) as refused:
        serve(Flask("hello"), host=host)
    assert str(refused.value.message) == (
        f"在 {host} 上使用明文 http 会泄露密码。会议室请用：./portal run --lan 本机地址；"
        "确需如此时设置 allow_plain_http = true。"
    )


def test_lan_serves_over_tls_with_the_printed_certificate_and_stops_cleanly(tmp_path: Path) -> None:
    port = free_port()
    code = (
        "from pathlib import Path\nfrom review_portal.server import serve_lan\n"
        f"serve_lan(lambda: app, '127.0.0.1', {port}, tls_folder=Path({str(tmp_path)!r}))"
    )
    with serving(code) as process:
        assert first_line(process) == f"门户已启动：https://127.0.0.1:{port} （按 Ctrl+C 停止）"
        while not (line := first_line(process)).startswith("证书指纹"):
            assert set(line) <= set("█▀▄ ")  # the QR code
        trusted = ssl.create_default_context(cafile=str(tmp_path / "127.0.0.1.crt"))
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/", context=trusted) as answer:
            assert answer.read() == b"answered"
        presented = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))
        assert line == f"证书指纹 SHA-256：{hashlib.sha256(presented).digest().hex(':').upper()}"
        assert stop(process)[0] == 0


def test_certificate_names_the_address_and_lasts_seven_days(tmp_path: Path) -> None:
    with time_machine.travel(datetime(2023, 3, 1, 9, tzinfo=UTC), tick=False):
        made = certificate_for(LOOPBACK, tmp_path)
    parsed = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [LOOPBACK]
    assert made.expires == datetime(2023, 3, 8, 9, tzinfo=UTC)


def test_certificate_and_key_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    made = certificate_for(LOOPBACK, folder)
    modes = [path.stat().st_mode & 0o777 for path in (folder, made.certificate, made.key)]
    assert modes == [0o700, 0o600, 0o600]


def test_certificate_is_kept_over_a_restart_and_replaced_on_its_last_day(tmp_path: Path) -> None:
    start = datetime(2023, 3, 1, 9, tzinfo=UTC)
    fingerprints = []
    for moment in (start, start + timedelta(days=5), start + timedelta(days=6, hours=1)):
        with time_machine.travel(moment, tick=False):
            fingerprints.append(certificate_for(LOOPBACK, tmp_path).fingerprint)
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0.0.0", "0.0.0.0 不是一台机器的地址，证书无法为它签发。"),
        ("::", ":: 不是一台机器的地址，证书无法为它签发。"),
        ("192.0.2.77", "192.0.2.77 不是本机的地址。"),
        ("meeting-room", "“meeting-room” 不是 IP 地址。"),
    ],
)
def test_lan_address_must_be_one_of_this_machine(text: str, reason: str) -> None:
    with pytest.raises(CannotServe) as refused:
        own_address(text)
    assert str(refused.value.message).startswith(f"{reason}请填写本机地址，例如 ")


def test_lan_address_of_this_machine_is_taken() -> None:
    assert own_address(" 127.0.0.1 ") == LOOPBACK


def test_address_of_ipv6_stands_in_brackets() -> None:
    assert url_of("https", "fd00::7", 8443) == "https://[fd00::7]:8443"

"""A mail server on a loopback port: speaks enough SMTP, keeps what it took, refuses or hangs up on demand."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from queue import SimpleQueue
from threading import Thread
from typing import cast


@dataclass
class Mailbox:
    """refused: addresses answered with 550; breaks: hang up instead of answering a letter; hangs: take
    it and never answer; greeting: 220."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    breaks: bool = False
    hangs: bool = False
    greeting: bytes = b"220 example\r\n"
    arrived: SimpleQueue[str] = field(default_factory=SimpleQueue)  # for whoever waits for a letter

    def to(self) -> list[str]:
        """Whom the letters went to, in the order in which they came."""
        return [str(letter["To"]) for letter in self.letters]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """The server while the block runs."""
    box = Mailbox()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(box.greeting)
            for line in self.rfile:
                verb, _, rest = line.decode().strip().partition(" ")
                if verb.upper() == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    if not self.take():
                        return
                elif verb.upper() == "RCPT" and rest.partition("<")[2].partition(">")[0] in box.refused:
                    self.wfile.write(b"550 no such person\r\n")
                else:
                    self.wfile.write(b"221 bye\r\n" if verb.upper() == "QUIT" else b"250 ok\r\n")
                if verb.upper() == "QUIT":
                    return

        def take(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if box.breaks:
                return False
            box.letters.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))
            if box.hangs:
                box.arrived.put(str(box.letters[-1]["To"]))
                self.rfile.read()  # until the other side is gone
                return False
            self.wfile.write(b"250 taken\r\n")
            box.arrived.put(str(box.letters[-1]["To"]))
            return True

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        box.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield box
        server.shutdown()
        thread.join()

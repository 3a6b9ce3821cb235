"""Length-prefixed JSON over a stream socket. Knows framing, not meaning."""

from __future__ import annotations

import array
import json
import socket
from typing import Any

Message = dict[str, Any]

#: Larger than any source with escapes; a peer that announces more is broken.
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
#: The most descriptors that travel with one message.
MAX_DESCRIPTORS = 8


class BrokenPeer(Exception):
    """The other side announced a message that cannot be right."""


class Channel:
    """One end of a conversation."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._set_aside: list[Message] = []

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, message: Message) -> None:
        """Sends `message`. Surrogates, which no UTF-8 has, become question marks."""
        self.send_bytes(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))

    def send_bytes(self, body: bytes) -> None:
        """Sends a message that is JSON already."""
        self.sock.sendall(len(body).to_bytes(4, "little") + body)

    def receive(self) -> Message | None:
        """The next message; `None` when the other side has left."""
        head = self._exactly(4)
        if head is None:
            return None
        return self._body(head)

    def receive_one_of(self, *kinds: str) -> Message | None:
        """The next message of one of these types; others wait for who asks for them."""
        for place, message in enumerate(self._set_aside):
            if message["type"] in kinds:
                return self._set_aside.pop(place)
        while (message := self.receive()) is not None and message["type"] not in kinds:
            self._set_aside.append(message)
        return message

    def receive_with_descriptors(self) -> tuple[Message | None, list[int]]:
        """The next message with the descriptors that came along."""
        space = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)
        head, ancillary, _, _ = self.sock.recvmsg(4, space, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
        descriptors = _descriptors(ancillary)
        if not head:
            return None, descriptors
        rest = self._exactly(4 - len(head)) if len(head) < 4 else b""
        if rest is None:
            return None, descriptors
        return self._body(head + rest), descriptors

    def _body(self, head: bytes) -> Message | None:
        size = int.from_bytes(head, "little")
        if size > MAX_MESSAGE_BYTES:
            raise BrokenPeer(f"a message of {size} bytes")
        body = self._exactly(size)
        return None if body is None else json.loads(body)

    def _exactly(self, count: int) -> bytes | None:
        pieces = bytearray()
        while len(pieces) < count:
            piece = self.sock.recv(count - len(pieces))
            if not piece:
                return None
            pieces += piece
        return bytes(pieces)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    received = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            received.frombytes(data[: len(data) - len(data) % received.itemsize])
    return list(received)

"""Builds the bytes of responses that are malformed, incomplete, slow or merely unusual."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from faulty_server import Responder

    Respond = Callable[["Answer"], Responder]

ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x28"
"""A TLS record that reports a fatal failure of the handshake."""


@attrs.frozen
class Answer:
    """The correct response to an operation, which a fault spoils."""

    body: bytes
    content_type: str


def send(*parts: bytes, then: Responder | None = None, pause: float = 0) -> Responder:
    """Send bytes as they are, and keep the connection open unless `then` says otherwise."""

    def responder(connection: socket.socket) -> bool:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        return True if then is None else then(connection)

    return responder


def end(connection: socket.socket) -> bool:
    """Say that nothing more follows, past any TLS layer, and close the connection."""
    socket.socket.shutdown(connection, socket.SHUT_WR)
    return False


def repeat(part: bytes, *, pause: float = 0, seconds: float = 10) -> Responder:
    """Send something again and again, until the client closes the connection."""

    def responder(connection: socket.socket) -> bool:
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            connection.sendall(part)
            time.sleep(pause)
        return False

    return responder


def send_past_tls(data: bytes) -> Responder:
    """Send bytes that no TLS layer has encrypted."""

    def responder(connection: socket.socket) -> bool:
        socket.socket.sendall(connection, data)
        return end(connection)

    return responder


def read_first(then: Responder) -> Responder:
    """Wait for the first bytes of a connection, and then do something."""

    def responder(connection: socket.socket) -> bool:
        connection.recv(4096)
        return then(connection)

    return responder


def head(
    answer: Answer,
    *fields: bytes,
    status: bytes = b"200 OK",
    version: bytes = b"HTTP/1.1",
    length: int | None = -1,
) -> bytes:
    """Return the head of a response.

    Args:
        answer: What the head is for.
        *fields: Further header fields.
        status: The status and the reason.
        version: The version of HTTP.
        length: The length to announce; -1 for that of the body, None to leave it out.
    """
    lines = [version + b" " + status]
    lines += [b"content-type: " + answer.content_type.encode()] if answer.content_type else []
    lines += [] if length is None else [b"content-length: %d" % _size(answer, length)]
    return b"\r\n".join([*lines, *fields, b"", b""])


def _size(answer: Answer, length: int) -> int:
    return len(answer.body) if length < 0 else length


def always(*parts: bytes, then: Responder | None = end) -> Respond:
    """Send the same bytes to every operation, and then close the connection."""
    return lambda _: send(*parts, then=then)


def whole(*fields: bytes, then: Responder | None = None, **options: Any) -> Respond:
    """Send the correct body with another head."""
    return lambda answer: send(head(answer, *fields, **options) + answer.body, then=then)


def rewritten(rewrite: Callable[[bytes], bytes], then: Responder | None = None) -> Respond:
    """Send the correct response with another head, made from the correct one."""
    return lambda answer: send(rewrite(head(answer)) + answer.body, then=then)


def followed_by(more: bytes) -> Respond:
    """Send the correct response, and more bytes at the same time."""
    return lambda answer: send(head(answer) + answer.body + more)


def preceded_by(*parts: bytes) -> Respond:
    """Send something before the correct response."""
    return lambda answer: send(*parts, head(answer) + answer.body)


def replaced(body: bytes, content_type: str | None = None, **options: Any) -> Respond:
    """Send another body, correctly framed."""

    def respond(answer: Answer) -> Responder:
        other = Answer(body, answer.content_type if content_type is None else content_type)
        return whole(**options)(other)

    return respond


def retyped(content_type: str) -> Respond:
    """Send the correct body with another content type, or without any."""
    return lambda answer: whole()(attrs.evolve(answer, content_type=content_type))


def encoded(encode: Callable[[bytes], bytes], encoding: bytes = b"gzip") -> Respond:
    """Send the body in an encoding; the label may be wrong."""

    def respond(answer: Answer) -> Responder:
        changed = attrs.evolve(answer, body=encode(answer.body))
        return whole(b"content-encoding: " + encoding)(changed)

    return respond


def chunked(frame: Callable[[bytes], bytes], then: Responder | None = None) -> Respond:
    """Send the body with `Transfer-Encoding: chunked`."""

    def respond(answer: Answer) -> Responder:
        fields = head(answer, b"transfer-encoding: chunked", length=None)
        return send(fields + frame(answer.body), then=then)

    return respond


def in_chunks(
    body: bytes, size: int = 1000, *, extension: bytes = b"", trailer: bytes = b""
) -> bytes:
    """Return a body in chunks of at most a size in bytes."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


def broken_off(at: Callable[[int], int], then: Responder = end) -> Respond:
    """Announce the whole body, send its beginning, and break off.

    Args:
        at: Returns the number of bytes to send, given the size of the body.
        then: What to do next.
    """
    return lambda answer: send(
        head(answer) + answer.body[: at(len(answer.body))], pause=0.01, then=then
    )


def byte_by_byte(answer: Answer) -> Responder:
    """Send each byte of the body on its own."""
    size = len(answer.body)
    return send(head(answer), *[answer.body[at : at + 1] for at in range(size)])


def endless(part: bytes) -> Respond:
    """Send a body that does not end."""
    fields = b"transfer-encoding: chunked"
    more = repeat(b"%x\r\n%s\r\n" % (len(part), part))
    return lambda answer: send(head(answer, fields, length=None), then=more)


def damage(data: bytes) -> bytes:
    """Change the bytes after the header of gzip."""
    return data[:10] + bytes(255 - byte for byte in data[10:])

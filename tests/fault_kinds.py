"""The ways in which a server can misbehave, and how the client must answer each: data only."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from fault_expectations import (
    AUDIO_OPERATIONS,
    BROKEN,
    CUT_OFF,
    CUT_OFF_LATER,
    ENCODED,
    INCOMPLETE,
    INVALID,
    JSON_OPERATIONS,
    LATE,
    LATER,
    MAX_BODY_BYTES,
    OK,
    REDIRECTED,
    REFUSED,
    TOO_LARGE,
    TOO_LATE,
    UNDECODABLE,
    UNSENT,
    UNTRUSTED,
    Expected,
    same,
)
from fault_responses import (
    ALERT,
    always,
    broken_off,
    byte_by_byte,
    chunked,
    damage,
    encoded,
    end,
    endless,
    followed_by,
    head,
    in_chunks,
    preceded_by,
    read_first,
    repeat,
    replaced,
    retyped,
    rewritten,
    send,
    send_past_tls,
    whole,
)
from faulty_server import close_connection, hang, reset_connection
from polyai_conversations.errors import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    DeadlineExceededError,
    NotAWavError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseValidationError,
    ServerError,
    UnprocessableEntityError,
)
from wav_factory import chunk, fmt, riff

if TYPE_CHECKING:
    from fault_responses import Respond
    from faulty_server import Responder

    Rows = dict[
        str,
        tuple[Respond, "Expected"]
        | tuple[Respond, "Expected", str]
        | tuple[Respond, "Expected", str, Responder],
    ]

NEVER: Final = whole()
"""For a client that never gets as far as a request."""
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
TEAPOT: Final = b"HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n"
BAD_RECORD: Final = b"\x17\x03\x03\x00\x20" + bytes(32)
ROW: Final = {"conversationId": "id", "accountId": "a", "projectId": "p"}
BOMB: Final = gzip.compress(b" " * (8 * MAX_BODY_BYTES))
FORMAT: Final = chunk(b"fmt ", fmt())
SAMPLES: Final = chunk(b"data", bytes(50))
FIELDS: Final = ("conversations", "count", "conversationId", "accountId", "projectId", "success")
"""Fields of which every JSON response requires one."""
DRIP: Final = repeat(b" ", pause=0.05)


@attrs.frozen
class Fault:
    """A kind of misbehaviour.

    Attributes:
        group: What is at fault.
        name: What the server does.
        respond: Makes what the server does from the correct response.
        expected: How the client answers.
        tls: Whose certificate the server has: "trusted", "untrusted", "expired" or "other host".
            "none" is a server without TLS for a client that expects it, "" one for plain HTTP.
        on_connect: What the server does as soon as a client has connected.
    """

    group: str
    name: str
    respond: Respond
    expected: Expected
    tls: str = ""
    on_connect: Responder | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the fault applies to."""
        json_operations = () if self.group == "recording" else JSON_OPERATIONS
        return json_operations + (() if self.group == "JSON" else AUDIO_OPERATIONS)

    @property
    def falls_silent(self) -> bool:
        """Whether the server sends nothing more, so that a timeout ends the call."""
        return self.expected.json is APITimeoutError

    @property
    def is_slow(self) -> bool:
        """Whether the client has to give up waiting."""
        return self.falls_silent or self.expected.json is DeadlineExceededError


def json_status(code: int) -> Respond:
    """Send an error status with an error in JSON."""
    return replaced(b'{"error": "no"}', "application/json", status=b"%d Reason" % code)


def redirect(line: bytes, location: bytes) -> Respond:
    """Send a redirect."""
    return whole(b"location: " + location, status=line)


def document(body: Any) -> Respond:
    """Send a JSON document instead of the correct one."""
    return replaced(body if isinstance(body, bytes) else json.dumps(body).encode())


STATUS_LINE: Final[Rows] = {
    "not HTTP": (always(b"hello\r\n\r\n"), BROKEN),
    "the banner of an SSH server": (always(b"SSH-2.0-OpenSSH\r\n"), BROKEN),
    "frames of HTTP/2": (always(bytes(2) + b"\x12\4" + bytes(23)), BROKEN),
    "only empty lines": (always(b"\r\n" * 4), BROKEN),
    "letters for a status": (whole(status=b"abc OK"), BROKEN),
    "a status of four digits": (whole(status=b"2000 OK"), BROKEN),
    "a status of two digits": (whole(status=b"99 Low"), BROKEN),
    "a line of 1 MB without an end": (always(b"HTTP/1.1 200 " + b"O" * 10**6), BROKEN),
    "cut off": (always(b"HTTP/1.1 20"), BROKEN),
    "no reason": (whole(status=b"200"), OK),
    "a reason in Latin-1": (whole(status=b"200 D\xe9j\xe0 vu"), OK),
    "HTTP/1.0": (whole(version=b"HTTP/1.0", then=end), OK),
    "HTTP/9.9": (whole(version=b"HTTP/9.9"), OK),
}

HEADER: Final[Rows] = {
    "a line without a colon": (whole(b"no colon here"), BROKEN),
    "a space before the colon": (whole(b"x-name : value"), BROKEN),
    "an empty name": (whole(b": value"), BROKEN),
    "a NUL in a value": (whole(b"x-name: a\0b"), BROKEN),
    "a value of 200 KB": (whole(b"x-name: " + b"v" * 200_000), BROKEN),
    "20,000 lines": (whole(*[b"x-name: value"] * 20_000), BROKEN),
    "a line of 1 MB without an end": (rewritten(lambda h: h[:-2] + b"x" * 10**6), BROKEN),
    "cut off": (always(b"HTTP/1.1 200 OK\r\ncontent-le"), BROKEN),
    "two lengths that differ": (whole(b"content-length: 7"), BROKEN),
    "a negative length": (whole(b"content-length: -5", length=None), BROKEN),
    "letters for a length": (whole(b"content-length: x", length=None), BROKEN),
    "an unknown transfer encoding": (whole(b"transfer-encoding: gzip"), BROKEN),
    "a folded line": (whole(b"x-name: first\r\n second"), OK),
    "Latin-1 in a value": (whole(b"x-name: \xe9\xff"), OK),
    "line ends without CR": (rewritten(lambda h: h.replace(b"\r\n", b"\n")), OK),
    "names in capitals": (rewritten(lambda h: h.replace(b"content", b"CONTENT")), OK),
    "200 cookies": (whole(*[b"set-cookie: a=b; Path=/"] * 200), OK),
    "Connection: close": (whole(b"connection: close", then=end), OK),
}

BODY: Final[Rows] = {
    "cut off before its first byte": (broken_off(lambda _: 0), CUT_OFF),
    "cut off after its first byte": (broken_off(lambda _: 1), CUT_OFF),
    "cut off in the middle": (broken_off(lambda size: size // 2), CUT_OFF_LATER),
    "cut off before its last byte": (broken_off(lambda size: size - 1), CUT_OFF_LATER),
    "a reset in the middle": (broken_off(lambda size: size // 2, reset_connection), CUT_OFF_LATER),
    "empty": (replaced(b""), INVALID),
    "without a length, until the connection ends": (whole(length=None, then=end), OK),
    "one byte per packet": (byte_by_byte, OK),
    "a second response after it": (followed_by(TEAPOT), OK),
    "garbage after it": (followed_by(b"garbage"), OK),
    "endless spaces": (
        endless(b" " * 2**16),
        attrs.evolve(TOO_LARGE, outcomes=dict.fromkeys(REFUSED, NotAWavError)),
    ),
}

CHUNKS: Final[Rows] = {
    "one byte each": (chunked(lambda body: in_chunks(body, 1)), OK),
    "extensions": (chunked(lambda body: in_chunks(body, extension=b";name=value")), OK),
    "a trailer": (chunked(lambda body: in_chunks(body, trailer=b"x-name: value\r\n")), OK),
    "letters for a size": (chunked(lambda body: b"zz\r\n" + body + b"\r\n0\r\n\r\n"), CUT_OFF),
    "a negative size": (chunked(lambda body: b"-5\r\n" + body + b"\r\n0\r\n\r\n"), CUT_OFF),
    "a size of 30 digits": (chunked(lambda body: b"f" * 30 + b"\r\n" + body, end), CUT_OFF),
    "a size without an end": (chunked(lambda _: b"1" * 10**6, end), CUT_OFF),
    "too short a size": (chunked(lambda body: b"1\r\n" + body + b"\r\n0\r\n\r\n"), CUT_OFF),
    "cut off in the first one": (chunked(lambda body: b"1000\r\n" + body[:10], end), CUT_OFF),
    "cut off before the last one": (chunked(lambda body: in_chunks(body)[:-5], end), CUT_OFF_LATER),
}

ENCODING: Final[Rows] = {
    "gzip": (encoded(gzip.compress), ENCODED),
    "deflate": (encoded(zlib.compress, b"deflate"), ENCODED),
    "an unknown one": (encoded(bytes, b"x-none"), OK),
    "gzip claimed for plain text": (encoded(bytes), UNDECODABLE),
    "damaged gzip": (encoded(lambda body: damage(gzip.compress(body))), UNDECODABLE),
    "truncated gzip": (
        encoded(lambda body: gzip.compress(body)[:18]),
        attrs.evolve(INVALID, outcomes={**REFUSED, "read_audio": NotAWavError}),
    ),
    "gzip in gzip": (
        encoded(lambda body: gzip.compress(gzip.compress(body)), b"gzip, gzip"),
        same(ResponseValidationError),
    ),
    "a gzip bomb of 8 MiB": (
        encoded(lambda _: BOMB),
        attrs.evolve(TOO_LARGE, outcomes=REFUSED),
    ),
}

TYPES: Final[Rows] = {
    "an HTML page": (replaced(b"<html>Sign in</html>", "text/html"), INVALID),
    "a picture": (replaced(b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"), INVALID),
    "none": (retyped(""), OK),
    "text/plain": (retyped("text/plain"), OK),
    "an unknown charset": (retyped("application/json; charset=klingon"), OK),
}

TLS: Final[Rows] = {
    "a correct response": (whole(), OK, "trusted"),
    "plain HTTP": (NEVER, UNSENT, "none", read_first(send(b"HTTP/1.1 400 No\r\n\r\n", then=end))),
    "garbage for a handshake": (NEVER, UNSENT, "none", read_first(send(b"x" * 100, then=end))),
    "an alert for a handshake": (NEVER, UNSENT, "none", read_first(send(ALERT, then=end))),
    "closed in the handshake": (NEVER, UNSENT, "none", read_first(close_connection)),
    "reset in the handshake": (NEVER, UNSENT, "none", read_first(reset_connection)),
    "silence in the handshake": (
        NEVER,
        same(APITimeoutError, 2, is_unsent=True),
        "none",
        read_first(hang),
    ),
    "a certificate of an unknown authority": (NEVER, UNTRUSTED, "untrusted"),
    "a certificate for another host": (NEVER, UNTRUSTED, "other host"),
    "an expired certificate": (NEVER, UNTRUSTED, "expired"),
    "a bad record for a response": (lambda _: send_past_tls(BAD_RECORD), BROKEN, "trusted"),
    "plain text for a response": (lambda _: send_past_tls(b"HTTP/1.1 500\r\n"), BROKEN, "trusted"),
    "an alert for a response": (lambda _: send_past_tls(ALERT), BROKEN, "trusted"),
    "a bad record within the body": (
        broken_off(lambda size: size // 2, send_past_tls(BAD_RECORD)),
        CUT_OFF_LATER,
        "trusted",
    ),
    "cut off within the body": (broken_off(lambda size: size // 2), CUT_OFF_LATER, "trusted"),
}

CONNECTION: Final[Rows] = {
    "closed at once": (NEVER, BROKEN, "", close_connection),
    "closed after the request": (lambda _: close_connection, BROKEN),
    "reset after the request": (lambda _: reset_connection, BROKEN),
}

SLOW: Final[Rows] = {
    "silence after the request": (lambda _: hang, LATE),
    "silence within the header": (lambda answer: send(head(answer)[:20], then=hang), LATE),
    "silence within the body": (broken_off(lambda size: size // 2, hang), LATER),
    "a header of one byte every 50 ms": (always(b"HTTP/1.1 200 ", then=DRIP), TOO_LATE),
    "a body of one byte every 50 ms": (whole(length=10**6, then=DRIP), TOO_LATE),
    "100 Continue every 50 ms": (lambda _: repeat(CONTINUE, pause=0.05), TOO_LATE),
    "100 Continue without a pause": (lambda _: repeat(CONTINUE * 100), TOO_LATE),
}

REDIRECTS: Final[Rows] = {
    "301 to another host": (redirect(b"301 Moved", b"https://elsewhere.example/"), REDIRECTED),
    "302 to nowhere": (whole(status=b"302 Found"), REDIRECTED),
    "303 to an invalid URL": (redirect(b"303 Other", b"http://[::1"), REDIRECTED),
    "307 to itself": (redirect(b"307 Again", b"/"), REDIRECTED),
    "308 to a script": (redirect(b"308 Moved", b"javascript:alert(1)"), REDIRECTED),
    "304": (always(b"HTTP/1.1 304 Not Modified\r\n\r\n", then=None), REDIRECTED),
}

INTERIM: Final[Rows] = {
    "100 Continue": (preceded_by(CONTINUE), OK),
    "50 times 103 Early Hints": (preceded_by(HINTS * 50), OK),
    "101 Switching Protocols": (always(b"HTTP/1.1 101 Switch\r\nupgrade: x\r\n\r\n"), BROKEN),
    "100 Continue, then closed": (always(CONTINUE), BROKEN),
}

STATUSES: Final[Rows] = {
    "400": (json_status(400), same(BadRequestError)),
    "401": (json_status(401), same(AuthenticationError)),
    "403": (json_status(403), same(PermissionDeniedError)),
    "404": (json_status(404), same(NotFoundError)),
    "408": (json_status(408), same(APIStatusError, 2)),
    "409": (json_status(409), same(ConflictError)),
    "418": (json_status(418), same(APIStatusError)),
    "422": (json_status(422), same(UnprocessableEntityError)),
    "429": (json_status(429), same(RateLimitError, 2, is_unsent=True)),
    "500": (json_status(500), same(ServerError, 2)),
    "501": (json_status(501), same(ServerError)),
    "502": (json_status(502), same(ServerError, 2)),
    "503": (json_status(503), same(ServerError, 2)),
    "504": (json_status(504), same(ServerError, 2)),
    "599": (json_status(599), same(ServerError)),
    "999": (json_status(999), same(APIStatusError)),
    "204 without a body": (always(b"HTTP/1.1 204 No Content\r\n\r\n", then=None), INVALID),
    "206 that was not requested": (whole(status=b"206 Partial"), INCOMPLETE),
    "403 with an HTML page": (
        replaced(b"<html>", "text/html", status=b"403 No"),
        same(PermissionDeniedError),
    ),
    "500 with broken JSON": (replaced(b'{"error', status=b"500 No"), same(ServerError, 2)),
    "500 with 2 MiB": (replaced(b"x" * 2 * MAX_BODY_BYTES, status=b"500 No"), TOO_LARGE),
}

DOCUMENTS: Final[Rows] = {
    "null": (document(None), INVALID),
    "an array": (document([]), INVALID),
    "a string": (document("text"), INVALID),
    "a number": (document(3), INVALID),
    # By the contract, `success` is true if it is missing.
    "an empty object": (
        document({}),
        attrs.evolve(INVALID, outcomes={"add_annotations": None, "upsert_note": None}),
    ),
    "every field null": (document(dict.fromkeys(FIELDS)), INVALID),
    "every field an array": (document({name: [[]] for name in FIELDS}), INVALID),
    "every field a string": (
        document(dict.fromkeys(set(FIELDS) - {"conversationId"}, "no")),
        INVALID,
    ),
    "every field NaN": (document(dict.fromkeys(FIELDS, math.nan)), INVALID),
    "an integer of 5,000 digits": (document(b'{"count": ' + b"9" * 5000 + b"}"), INVALID),
    "100,000 nested arrays": (document(b"[" * 100_000 + b"]" * 100_000), INVALID),
    "100,000 nested objects": (document(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), INVALID),
    "100,000 nested arrays in an unknown field": (
        document(b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        INVALID,
    ),
    "cut off within a string": (document(b'{"conversationId": "i'), INVALID),
    "two documents": (document(b"{}{}"), INVALID),
    "bytes that are not UTF-8": (document(b'{"conversationId": "\xff\xfe"}'), INVALID),
    "a recording": (document(riff(FORMAT, SAMPLES)), INVALID),
}

RECORDINGS: Final[Rows] = {
    "JSON": (replaced(b'{"error": "no"}', "application/json"), INVALID),
    "another RIFF file": (replaced(b"RIFF\x10\0\0\0AVI LIST" + bytes(50)), INVALID),
    "only its magic": (replaced(b"RIFF"), INVALID),
    "no samples chunk": (replaced(riff(FORMAT)), INVALID),
    "samples before the format": (replaced(riff(SAMPLES, FORMAT)), INVALID),
    "no channels": (replaced(riff(chunk(b"fmt ", fmt(channels=0)), SAMPLES)), INVALID),
    "a format chunk of 2 GiB": (replaced(riff(chunk(b"fmt ", b"", 2**31))), INVALID),
    "fewer samples than its header says": (
        replaced(riff(FORMAT, chunk(b"data", bytes(50), 5000))),
        INCOMPLETE,
    ),
}

GROUPS: Final[dict[str, Rows]] = {
    "status line": STATUS_LINE,
    "header": HEADER,
    "body": BODY,
    "chunks": CHUNKS,
    "encoding": ENCODING,
    "content type": TYPES,
    "TLS": TLS,
    "connection": CONNECTION,
    "slow": SLOW,
    "redirect": REDIRECTS,
    "interim response": INTERIM,
    "status": STATUSES,
    "JSON": DOCUMENTS,
    "recording": RECORDINGS,
}

FAULTS: Final = [
    Fault(group, name, *row) for group, rows in GROUPS.items() for name, row in rows.items()
]

"""How the sandbox sends recordings: in part, of any size, in chunks, and cut on purpose."""

from __future__ import annotations

import hashlib
import io
import wave
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Get = Callable[..., httpx.Response]

MEBIBYTE = 2**20


@pytest.fixture
def get(request: pytest.FixtureRequest) -> Iterator[Get]:
    """Ask a sandbox, set up as the test says, for the recording of its newest call."""
    settings: dict[str, Any] = getattr(request, "param", {})
    with Sandbox(conversations=1, seed=7, **settings) as sandbox:
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        path = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations/{call}/audio"
        with httpx.Client(headers={"X-API-KEY": sandbox.api_key}) as http:
            yield lambda headers=None, **params: http.get(path, headers=headers, params=params)


PARTS = {
    "from a byte on": ("bytes=100-", 100, None),
    "a stretch": ("bytes=100-199", 100, 200),
    "beyond the end": ("bytes=100-99999999", 100, None),
    "the last bytes": ("bytes=-50", -50, None),
    "more than all": ("bytes=-99999999", 0, None),
}


@pytest.mark.parametrize(("wanted", "start", "stop"), PARTS.values(), ids=PARTS)
def test_a_part_is_what_the_whole_holds_there(
    get: Get, wanted: str, start: int, stop: int | None
) -> None:
    whole = get()
    part = get({"Range": wanted})
    first = start % len(whole.content)
    last = first + len(part.content) - 1
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[start:stop]
    assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
    assert part.headers["etag"] == whole.headers["etag"]


def test_a_part_behind_the_end_is_refused_with_the_size(get: Get) -> None:
    size = len(get().content)
    answer = get({"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")
    assert answer.json()["error_code"] == "RANGE_NOT_SATISFIABLE"


WHOLE = {
    "another unit": {"Range": "seconds=1-"},
    "several parts": {"Range": "bytes=0-1,5-6"},
    "no bound": {"Range": "bytes=-"},
    "another recording's validator": {"Range": "bytes=9-", "If-Range": '"other"'},
    "a weak validator": {"Range": "bytes=9-", "If-Range": 'W/"x"'},
}


@pytest.mark.parametrize("headers", WHOLE.values(), ids=WHOLE)
def test_what_is_no_good_range_gives_the_whole(get: Get, headers: dict[str, str]) -> None:
    assert get(headers).status_code == 200


def test_the_validator_names_the_bytes(get: Get) -> None:
    answers = [get(direction="user"), get(direction="agent"), get(direction="agent")]
    user, agent, again = [answer.headers["etag"] for answer in answers]
    assert agent == again != user
    assert get({"Range": "bytes=9-", "If-Range": agent}, direction="agent").status_code == 206
    assert get({"Range": "bytes=9-", "If-Range": agent}, direction="user").status_code == 200


@pytest.mark.parametrize("get", [{"accept_ranges": False}], indirect=True)
def test_ranges_can_be_switched_off(get: Get) -> None:
    answer = get({"Range": "bytes=9-"})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
    assert "etag" not in answer.headers


@pytest.mark.parametrize("get", [{"recording_mib": 3}], indirect=True)
def test_a_recording_has_the_size_that_was_asked_for(get: Get) -> None:
    content = get().content
    assert len(content) == 3 * MEBIBYTE
    with wave.open(io.BytesIO(content)) as reader:
        assert reader.getnframes() * 2 + 44 == 3 * MEBIBYTE
        assert hashlib.sha256(reader.readframes(9999)) != hashlib.sha256(bytes(9999))
    assert get({"Range": f"bytes={MEBIBYTE + 7}-"}).content == content[MEBIBYTE + 7 :]


@pytest.mark.parametrize("get", [{"chunked": True}], indirect=True)
def test_the_size_can_be_kept_back(get: Get) -> None:
    answer = get()
    assert "content-length" not in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.content[:4] == b"RIFF"


@pytest.mark.parametrize(
    "get",
    [{"disconnect_after": {2: 5000}}, {"disconnect_after": {2: 5000}, "chunked": True}],
    indirect=True,
)
def test_an_answer_breaks_off_where_the_script_says(
    get: Get, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = get().content
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        get()
    assert get().content == whole
    assert capfd.readouterr().err == "", "the server complains of what it was told to do"


def test_a_cut_lets_all_bytes_before_it_through() -> None:
    with Sandbox(conversations=1, recording_mib=2, disconnect_after={1: MEBIBYTE + 1}) as sandbox:
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        path = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations/{call}/audio"
        got: list[int] = []
        with (
            httpx.stream("GET", path, headers={"X-API-KEY": sandbox.api_key}) as answer,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            got.extend(len(piece) for piece in answer.iter_bytes())
        assert sum(got) == MEBIBYTE + 1


BAD = {
    "no size": ({"recording_mib": 0}, "recording_mib must be at least 1"),
    "a size beyond RIFF": ({"recording_mib": 4096}, "must be at most 4095"),
    "cuts that are no script": ({"disconnect_after": 3}, "disconnect_after must be a mapping"),
    "a cut before the start": ({"disconnect_after": {1: -1}}, "disconnect_after must be a mapping"),
}


@pytest.mark.parametrize(("settings", "message"), BAD.values(), ids=BAD)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(**settings)

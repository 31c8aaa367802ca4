"""How the sandbox sends recordings: ranges, sizes, chunked encoding and disconnects."""

from __future__ import annotations

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
    """Return a function that gets a recording from a sandbox with the arguments of the test."""
    arguments: dict[str, Any] = getattr(request, "param", {})
    with Sandbox(conversations=1, seed=7, **arguments) as sandbox:
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        path = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations/{call}/audio"
        with httpx.Client(headers={"X-API-KEY": sandbox.api_key}) as http:
            yield lambda headers=None, **params: http.get(path, headers=headers, params=params)


RANGES = {
    "from a position to the end": ("bytes=100-", 100, None),
    "between two positions": ("bytes=100-199", 100, 200),
    "to a position beyond the end": ("bytes=100-99999999", 100, None),
    "a suffix": ("bytes=-50", -50, None),
    "a suffix longer than the file": ("bytes=-99999999", 0, None),
}


@pytest.mark.parametrize(("requested", "start", "stop"), RANGES.values(), ids=RANGES)
def test_a_range_request_returns_that_part(
    get: Get, requested: str, start: int, stop: int | None
) -> None:
    whole = get()
    part = get({"Range": requested})
    first = start % len(whole.content)
    last = first + len(part.content) - 1
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[start:stop]
    assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
    assert part.headers["etag"] == whole.headers["etag"]


def test_a_range_beyond_the_end_is_refused_with_the_size(get: Get) -> None:
    size = len(get().content)
    response = get({"Range": f"bytes={size}-"})
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{size}")
    assert response.json()["error_code"] is None


IGNORED_RANGES = {
    "unknown unit": {"Range": "seconds=1-"},
    "several ranges": {"Range": "bytes=0-1,5-6"},
    "no bounds": {"Range": "bytes=-"},
    "ETag of another recording": {"Range": "bytes=9-", "If-Range": '"other"'},
    "weak ETag": {"Range": "bytes=9-", "If-Range": 'W/"x"'},
}


@pytest.mark.parametrize("headers", IGNORED_RANGES.values(), ids=IGNORED_RANGES)
def test_an_unusable_range_returns_the_whole_recording(get: Get, headers: dict[str, str]) -> None:
    assert get(headers).status_code == 200


def test_the_etag_identifies_the_bytes(get: Get) -> None:
    responses = [get(direction="user"), get(direction="agent"), get(direction="agent")]
    user, agent, again = [response.headers["etag"] for response in responses]
    assert agent == again != user
    assert get({"Range": "bytes=9-", "If-Range": agent}, direction="agent").status_code == 206
    assert get({"Range": "bytes=9-", "If-Range": agent}, direction="user").status_code == 200


@pytest.mark.parametrize("get", [{"accept_ranges": False}], indirect=True)
def test_accept_ranges_false_disables_range_requests(get: Get) -> None:
    response = get({"Range": "bytes=9-"})
    assert (response.status_code, response.headers["accept-ranges"]) == (200, "none")
    assert "etag" not in response.headers


@pytest.mark.parametrize("get", [{"recording_mib": 3}], indirect=True)
def test_recording_mib_sets_the_size_of_a_recording(get: Get) -> None:
    content = get().content
    assert len(content) == 3 * MEBIBYTE
    with wave.open(io.BytesIO(content)) as reader:
        assert reader.getnframes() * 2 + 44 == 3 * MEBIBYTE
        assert any(reader.readframes(9999)), "the recording is silent"
    assert get({"Range": f"bytes={MEBIBYTE + 7}-"}).content == content[MEBIBYTE + 7 :]


@pytest.mark.parametrize("get", [{"chunked": True}], indirect=True)
def test_chunked_sends_recordings_without_content_length(get: Get) -> None:
    response = get()
    assert "content-length" not in response.headers
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.content[:4] == b"RIFF"


@pytest.mark.parametrize(
    "get",
    [{"disconnect_after": {2: 5000}}, {"disconnect_after": {2: 5000}, "chunked": True}],
    indirect=True,
    ids=["content-length", "chunked"],
)
def test_disconnect_after_breaks_off_only_the_numbered_response(
    get: Get, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = get().content
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        get()
    assert get().content == whole
    assert capfd.readouterr().err == "", "the server logged an error for a planned disconnect"


def test_disconnect_after_sends_exactly_that_many_bytes() -> None:
    with Sandbox(conversations=1, recording_mib=2, disconnect_after={1: MEBIBYTE + 1}) as sandbox:
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        path = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations/{call}/audio"
        sizes: list[int] = []
        with (
            httpx.stream("GET", path, headers={"X-API-KEY": sandbox.api_key}) as response,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            sizes.extend(len(chunk) for chunk in response.iter_bytes())
        assert sum(sizes) == MEBIBYTE + 1


INVALID = {
    "a size of zero": ({"recording_mib": 0}, "recording_mib must be at least 1"),
    "a size beyond the WAV limit": ({"recording_mib": 4096}, "must be at most 4095"),
    "a number instead of a mapping": (
        {"disconnect_after": 3},
        "disconnect_after must be a mapping",
    ),
    "a negative position": ({"disconnect_after": {1: -1}}, "disconnect_after must be a mapping"),
}


@pytest.mark.parametrize(("arguments", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_argument_raises_a_value_error(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(**arguments)

"""The contract to be read: as a page on which each operation can be tried, and as the file it is.

Both are for anyone, without a key. The page's script is made by `nox -s docs`; it is 3.5 MB, and
part of a wheel that was built after.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .world import World

_HERE: Final = Path(__file__).parent
SCRIPT: Final = _HERE / "reference.js"
_SPECS: Final = (_HERE / "openapi.yaml", _HERE.parents[2] / "openapi.yaml")  # installed; checkout
EXAMPLES: Final = ("PROJECT-58RP822I", "CAabcd1234567abcdef1250065d4fc7389")
"""The agent and the conversation that the contract takes for its examples."""

_LOOKED_THROUGH: Final = 50
_SCHEME: Final = "polyApiKey"
# Nothing on the page comes from, or goes to, any other host.
_POLICY: Final = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Conversations API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"></head><body>
"""
# Scalar plays no audio/wav, so the page has a player of its own.
_PAGE: Final = (
    _HEAD
    + """<p style="font: 14px sans-serif; margin: 8px 16px">
<button id="hear">Hear the newest recording</button> <audio id="player" controls hidden></audio></p>
<div id="reference"></div><script src="/docs/reference.js"></script>
<script>
const page = {page};
Scalar.createApiReference("#reference", page.settings);
document.getElementById("hear").onclick = async () => {
  const answer = await fetch(page.recording, {headers: {"X-API-KEY": page.key}});
  const player = document.getElementById("player");
  player.hidden = false;
  player.src = URL.createObjectURL(await answer.blob());
  await player.play();
};
</script></body></html>"""
)
_NOT_BUILT: Final = (
    _HEAD
    + """<p>The page was not built: <code>nox -s docs</code> does it, in a checkout. The contract is
<a href="/openapi.yaml">openapi.yaml</a>.</p></body></html>"""
)


def reference_routes(world: World, api_key: str, agent_id: str) -> list[Route]:
    """Say where the contract is read.

    Args:
        world: The conversations, of which the page tries the newest with a recording.
        api_key: The key that the page tries operations with.
        agent_id: The agent whose conversations it asks for.

    """

    async def page(request: Request) -> Response:
        if not SCRIPT.exists():
            return HTMLResponse(_NOT_BUILT)
        own_url = str(request.base_url).rstrip("/")
        conversation_id = _newest_recorded(world)
        contract = _with_examples(agent_id, conversation_id)
        settings = {
            "settings": _settings(contract, own_url, api_key),
            "recording": f"/v1/agents/{quote(agent_id, safe='')}/conversations/"
            f"{quote(conversation_id, safe='')}/audio",
            "key": api_key,
        }
        text = json.dumps(settings).replace("<", "\\u003c")
        headers = {"Content-Security-Policy": _POLICY}
        return HTMLResponse(_PAGE.replace("{page}", text), headers=headers)

    return [
        Route("/docs", page),
        Route("/docs/reference.js", _script),
        Route("/openapi.yaml", _contract),
    ]


async def _script(_: Request) -> Response:
    if not SCRIPT.exists():
        return HTMLResponse(_NOT_BUILT, 404)
    return FileResponse(SCRIPT, media_type="text/javascript")


async def _contract(_: Request) -> Response:
    return FileResponse(_spec(), media_type="application/yaml")


def _spec() -> Path:
    return next(path for path in _SPECS if path.exists())


def _with_examples(agent_id: str, conversation_id: str) -> str:
    """Let the contract's examples be of this sandbox, so that they can be tried as they are."""
    contract = _spec().read_text(encoding="utf-8")
    for example, own in zip(EXAMPLES, (agent_id, conversation_id), strict=True):
        as_value = f": {json.dumps(own, ensure_ascii=False)}\n"  # which is YAML, too
        as_part_of_url = quote(own, safe="")
        contract = contract.replace(f": {example}\n", as_value).replace(example, as_part_of_url)
    return contract


def _newest_recorded(world: World) -> str:
    calls = (call for call in world.page(_LOOKED_THROUGH, 0) if call["audioUrl"])
    return str(next(calls, {"conversationId": EXAMPLES[1]})["conversationId"])


def _settings(contract: str, own_url: str, api_key: str) -> dict[str, object]:
    return {
        "content": contract,
        # The page tries this server, and not the one whose key nobody has here.
        "servers": [{"url": own_url, "description": "The sandbox"}],
        "authentication": {
            "preferredSecurityScheme": _SCHEME,
            "securitySchemes": {_SCHEME: {"value": api_key}},
        },
        "defaultHttpClient": {"targetKey": "shell", "clientKey": "curl"},
        "withDefaultFonts": False,
        "telemetry": False,
        "hideClientButton": True,
        "agent": {"disabled": True},
        "mcp": {"disabled": True},
        "showDeveloperTools": "never",
    }

"""Serves the API reference, a page on which you can try every operation, and the contract.

Neither needs an API key. `nox -s docs` builds the script of the page, which is 3.5 MB. A wheel
contains the script if it is built afterwards.
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

    from polyai_conversations.sandbox.data.store import ConversationStore

_SANDBOX: Final = Path(__file__).parents[1]
_SCRIPT: Final = _SANDBOX / "reference.js"
_INSTALLED_CONTRACT: Final = _SANDBOX / "openapi.yaml"
_CHECKOUT_CONTRACT: Final = _SANDBOX.parents[2] / "openapi.yaml"
CONTRACT_EXAMPLES: Final = ("PROJECT-58RP822I", "CAabcd1234567abcdef1250065d4fc7389")
"""The agent and the conversation in the examples of the contract."""

_MAX_SEARCHED: Final = 50
_SECURITY_SCHEME: Final = "polyApiKey"
# The page neither loads anything from another host nor sends anything to one.
_CONTENT_SECURITY_POLICY: Final = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Conversations API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"></head><body>
"""
# Scalar cannot play audio/wav, so the page has its own player.
_PAGE: Final = (
    _HEAD
    + """<p style="font: 14px sans-serif; margin: 8px 16px">
<button id="play">Play the newest recording</button> <audio id="player" controls hidden></audio></p>
<div id="reference"></div><script src="/docs/reference.js"></script>
<script>
const page = {page};
Scalar.createApiReference("#reference", page.settings);
document.getElementById("play").onclick = async () => {
  const response = await fetch(page.recording, {headers: {"X-API-KEY": page.key}});
  const player = document.getElementById("player");
  player.hidden = false;
  player.src = URL.createObjectURL(await response.blob());
  await player.play();
};
</script></body></html>"""
)
_NOT_BUILT: Final = (
    _HEAD
    + """<p>This page has not been built. Run <code>nox -s docs</code> in a checkout to build it.
The contract is <a href="/openapi.yaml">openapi.yaml</a>.</p></body></html>"""
)


class ReferencePage:
    """The API reference of one sandbox.

    Args:
        store: The conversations; the examples use the newest one with a recording.
        api_key: The key that the page sends.
        agent_id: The agent in the examples.
        script: The script of the page. If it is missing, the page says how to build it.

    """

    def __init__(
        self, store: ConversationStore, api_key: str, agent_id: str, script: Path = _SCRIPT
    ) -> None:
        self._store = store
        self._api_key = api_key
        self._agent_id = agent_id
        self._script = script

    def routes(self) -> list[Route]:
        """Return the routes of the page, its script and the contract."""
        return [
            Route("/docs", self.get_page),
            Route("/docs/reference.js", self.get_script),
            Route("/openapi.yaml", self.get_contract),
        ]

    async def get_page(self, request: Request) -> Response:
        """Respond with the page."""
        if not self._script.exists():
            return HTMLResponse(_NOT_BUILT)
        base_url = str(request.base_url).rstrip("/")
        conversation_id = self._newest_recorded()
        contract = _with_examples(self._agent_id, conversation_id)
        page = {
            "settings": _scalar_settings(contract, base_url, self._api_key),
            "recording": f"/v1/agents/{quote(self._agent_id, safe='')}/conversations/"
            f"{quote(conversation_id, safe='')}/audio",
            "key": self._api_key,
        }
        text = json.dumps(page).replace("<", "\\u003c")
        headers = {"Content-Security-Policy": _CONTENT_SECURITY_POLICY}
        return HTMLResponse(_PAGE.replace("{page}", text), headers=headers)

    async def get_script(self, _: Request) -> Response:
        """Respond with the script of the page."""
        if not self._script.exists():
            return HTMLResponse(_NOT_BUILT, 404)
        return FileResponse(self._script, media_type="text/javascript")

    async def get_contract(self, _: Request) -> Response:
        """Respond with the contract."""
        return FileResponse(_contract_path(), media_type="application/yaml")

    def _newest_recorded(self) -> str:
        recorded = (call for call in self._store.page(_MAX_SEARCHED, 0) if call["audioUrl"])
        return str(next(recorded, {"conversationId": CONTRACT_EXAMPLES[1]})["conversationId"])


def _contract_path() -> Path:
    return _INSTALLED_CONTRACT if _INSTALLED_CONTRACT.exists() else _CHECKOUT_CONTRACT


def _with_examples(agent_id: str, conversation_id: str) -> str:
    """Return the contract with examples that work on this sandbox."""
    contract = _contract_path().read_text(encoding="utf-8")
    for example, own in zip(CONTRACT_EXAMPLES, (agent_id, conversation_id), strict=True):
        as_value = f": {json.dumps(own, ensure_ascii=False)}\n"  # JSON is also valid YAML.
        as_part_of_url = quote(own, safe="")
        contract = contract.replace(f": {example}\n", as_value).replace(example, as_part_of_url)
    return contract


def _scalar_settings(contract: str, base_url: str, api_key: str) -> dict[str, object]:
    return {
        "content": contract,
        # Without this, the page would send requests to PolyAI's servers.
        "servers": [{"url": base_url, "description": "The sandbox"}],
        "authentication": {
            "preferredSecurityScheme": _SECURITY_SCHEME,
            "securitySchemes": {_SECURITY_SCHEME: {"value": api_key}},
        },
        "defaultHttpClient": {"targetKey": "shell", "clientKey": "curl"},
        "withDefaultFonts": False,
        "telemetry": False,
        "hideClientButton": True,
        "agent": {"disabled": True},
        "mcp": {"disabled": True},
        "showDeveloperTools": "never",
    }

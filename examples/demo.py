"""The main tasks end to end: list, read, annotate, add a note, and save the recording.

This starts the sandbox and connects to it over a real socket. If you have an API key, remove the
sandbox: `with ConversationsClient() as client:` reads all settings from the environment.
"""

from __future__ import annotations

from pathlib import Path

from polyai_conversations import ConversationsClient
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.views import ConversationView, view

TURNS_SHOWN = 6


def main() -> None:
    """Perform each task and print the result."""
    with (
        Sandbox(conversations=200, seed=7) as sandbox,
        ConversationsClient(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
        ) as client,
    ):
        print(f"Sandbox running at {sandbox.url}, agent {client.agent_id}")

        page = client.list_page(limit=50)
        print(f"Listed {len(page.conversations)} of {page.count} conversations")

        conversation_id = page.conversations[0].conversation_id
        show(view(client.get_conversation(conversation_id)))

        client.add_annotations(
            conversation_id, [{"turnId": 1, "role": "agent", "annotationType": "wrong_info"}]
        )
        print("Annotated turn 1: the agent gave wrong information")

        client.upsert_note(conversation_id, "call back on Tuesday")
        print(f"Set the note: {view(client.get_conversation(conversation_id)).note!r}")

        path = Path("recordings", f"{conversation_id}.wav")
        path.parent.mkdir(exist_ok=True)
        saved = client.save_audio(conversation_id, path)
        seconds, rate = saved.format.duration, saved.format.sample_rate
        print(f"Saved {seconds} s of audio at {rate} Hz, {saved.bytes} bytes, to {saved.path}")


def show(call: ConversationView) -> None:
    """Print a summary and the first turns of a conversation."""
    print(f"Conversation {call.conversation_id}: {call.channel}, {call.total_duration}")
    print(f"  {call.summary} Score {call.poly_score}.")
    for turn in call.turns[:TURNS_SHOWN]:
        print(f"  {turn.index} {turn.speaker + ':':6} {turn.text}")


if __name__ == "__main__":
    main()

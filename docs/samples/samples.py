# listConversations
from polyai_conversations import ConversationsClient

client = ConversationsClient()
for summary in client.list_conversations():
    print(summary.conversation_id, summary.started_at)

# getConversation
conversation = client.get_conversation(conversation_id)
for turn in conversation.turns or []:
    print(turn.user_input, "->", turn.agent_response)

# getConversationAudio
saved = client.save_audio(conversation_id, "call.wav", direction="combined")
print(saved.bytes, saved.sha256)

# addAnnotations
annotation = {"turnId": 0, "role": "agent", "annotationType": "wrong_info"}
client.add_annotations(conversation_id, [annotation])

# upsertNote
client.upsert_note(conversation_id, "call back on Tuesday")

# listConversations
curl --fail-with-body -H "X-API-KEY: $POLYAI_API_KEY" \
  "$POLYAI_BASE_URL/v1/agents/$POLYAI_AGENT_ID/conversations?limit=50&offset=0"

# getConversation
curl --fail-with-body -H "X-API-KEY: $POLYAI_API_KEY" \
  "$POLYAI_BASE_URL/v1/agents/$POLYAI_AGENT_ID/conversations/$ID"

# getConversationAudio
curl --fail-with-body -H "X-API-KEY: $POLYAI_API_KEY" --output call.wav \
  "$POLYAI_BASE_URL/v1/agents/$POLYAI_AGENT_ID/conversations/$ID/audio?direction=combined"

# addAnnotations
curl --fail-with-body -H "X-API-KEY: $POLYAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"annotations": [{"turnId": 0, "role": "agent", "annotationType": "wrong_info"}]}' \
  "$POLYAI_BASE_URL/v1/agents/$POLYAI_AGENT_ID/conversations/$ID/annotation"

# upsertNote
curl --fail-with-body -H "X-API-KEY: $POLYAI_API_KEY" -H "Content-Type: application/json" \
  -d '{"note": "call back on Tuesday"}' \
  "$POLYAI_BASE_URL/v1/agents/$POLYAI_AGENT_ID/conversations/$ID/note"

// Does with a client that openapi-typescript typed what the programs beside it do with theirs.

import { createHash } from "node:crypto";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type Summary = Schemas["ConversationSummaryResponse"];
type Detail = Schemas["ConversationDetailResponse"];
type Turn = Schemas["ConversationTurn"];
type Answer<T> = { data?: T; error?: Schemas["ErrorEnvelope"]; response: Response };

const KNOWN_CHANNELS = new Set(["VOICE-SIP", "WEBCHAT", "CHAT"]);
const NOTE = "call back on Tuesday — “naïve” 🙂";
const PAGE_SIZE = 7;

const LIST = "/v1/agents/{agentId}/conversations";
const ONE = "/v1/agents/{agentId}/conversations/{conversationId}";
const AUDIO = `${ONE}/audio` as const;
const NOTES = `${ONE}/note` as const;
const ANNOTATIONS = `${ONE}/annotation` as const;

const agentId = setting("POLYAI_AGENT_ID");
const client = connect(setting("POLYAI_API_KEY"));

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function connect(key: string): Client<paths> {
  return createClient<paths>({
    baseUrl: setting("POLYAI_BASE_URL"),
    headers: { "X-API-KEY": key },
  });
}

/** Gives what a success holds, and throws what an error says. */
function success<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
  return data;
}

async function walk(): Promise<{ count: number; rows: Summary[] }> {
  const rows: Summary[] = [];
  for (;;) {
    const query = { limit: PAGE_SIZE, offset: rows.length };
    const page = success(await client.GET(LIST, { params: { path: { agentId }, query } }));
    rows.push(...page.conversations);
    if (rows.length >= page.count || page.conversations.length === 0) {
      return { count: page.count, rows };
    }
  }
}

function getConversation(conversationId: string) {
  return client.GET(ONE, { params: { path: { agentId, conversationId } } });
}

function getAudio(conversationId: string, direction: "combined" | "user", redacted: boolean) {
  return client.GET(AUDIO, {
    params: { path: { agentId, conversationId }, query: { direction, redacted } },
    parseAs: "arrayBuffer",
  });
}

function addAnnotations(conversationId: string, annotations: Schemas["AnnotationItem"][]) {
  return client.POST(ANNOTATIONS, {
    params: { path: { agentId, conversationId } },
    body: { annotations },
  });
}

function upsertNote(conversationId: string, note: string) {
  return client.POST(NOTES, { params: { path: { agentId, conversationId } }, body: { note } });
}

function summary(row: Summary) {
  return {
    conversationId: row.conversationId,
    channel: row.channel ?? null,
    clientEnv: row.clientEnv ?? null,
    direction: row.direction ?? null,
    startedAt: row.startedAt ?? null,
    duration: row.duration ?? null,
    inProgress: row.inProgress ?? null,
    polyScore: row.polyScore ?? null,
    tags: row.tags ?? null,
    note: row.note ?? null,
  };
}

function detail(conversation: Detail) {
  return {
    ...summary(conversation),
    turns: conversation.turns?.map(turn) ?? null,
    metrics: conversation.metrics ?? null,
    functionEvents: conversation.functionEvents ?? null,
  };
}

function turn(each: Turn) {
  return {
    user_input: each.user_input ?? null,
    user_input_dtmf: each.user_input_dtmf ?? null,
    agent_response: each.agent_response ?? null,
    latency: each.latency ?? null,
    intents: each.intents ?? null,
    entities: each.entities ?? [],
    is_silence: each.is_silence ?? null,
  };
}

function recording(wav: ArrayBuffer) {
  const sha256 = createHash("sha256").update(new Uint8Array(wav)).digest("hex");
  return { bytes: wav.byteLength, sha256 };
}

async function refusal(call: Promise<Answer<unknown>>) {
  const { error, response } = await call;
  if (error === undefined) throw new Error("The call was not refused");
  const retryAfter = response.headers.get("Retry-After");
  const correlationId = response.headers.get("X-PolyAI-Correlation-Id");
  return {
    status: response.status,
    error_code: error.error_code ?? null,
    error_message: error.error_message ?? null,
    retry_after: retryAfter === null ? null : Number(retryAfter),
    error_id_is_correlation_id: Boolean(error.error_id) && error.error_id === correlationId,
  };
}

async function errors(recorded: string, unfinished: string) {
  const list = (key: string, agentId: string) =>
    connect(key).GET(LIST, { params: { path: { agentId } } });
  const beyond = { turnId: 10_000, role: "agent", annotationType: "wrong_info" } as const;
  return {
    "bad request": await refusal(addAnnotations(recorded, [beyond])),
    unauthorized: await refusal(list("not-a-key", agentId)),
    forbidden: await refusal(list(setting("POLYAI_API_KEY"), "PROJECT-OTHER")),
    "not found": await refusal(getConversation("KA-0")),
    "no recording": await refusal(getAudio(unfinished, "combined", false)),
    "rate limited": await refusal(list(setting("POLYAI_RATE_LIMITED_KEY"), agentId)),
  };
}

const { count, rows } = await walk();

function first(matches: (row: Summary) => unknown): string {
  const row = rows.find(matches);
  if (row === undefined) throw new Error(`No conversation matches ${matches}`);
  return row.conversationId;
}

const recorded = first((row) => row.audioUrl);
const unfinished = first((row) => row.inProgress);
const odd = first((row) => row.channel && !KNOWN_CHANNELS.has(row.channel));
const empty = first((row) => row.channel == null);

const report = {
  count,
  conversations: rows.map(summary),
  recorded: detail(success(await getConversation(recorded))),
  odd: detail(success(await getConversation(odd))),
  empty: detail(success(await getConversation(empty))),
  recording: recording(success(await getAudio(recorded, "combined", false))),
  redacted: recording(success(await getAudio(recorded, "user", true))),
  noted: success(await upsertNote(recorded, NOTE)).success,
  note: success(await getConversation(recorded)).note,
  annotated: success(
    await addAnnotations(recorded, [
      { turnId: 0, role: "agent", annotationType: "wrong_info" },
      { turnId: 1, role: "user", annotationType: "wrong_transcript" },
    ]),
  ).success,
  errors: await errors(recorded, unfinished),
};

process.stdout.write(JSON.stringify(report));

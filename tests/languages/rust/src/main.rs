//! Does with a client that progenitor made what the programs beside it do with theirs.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use progenitor::progenitor_client::{ByteStream, Error as ApiError, ResponseValue};
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

mod api {
    progenitor::generate_api!(spec = "../openapi-3.0.yaml", interface = Positional);
}

use api::Client;
use api::types::{
    AddAnnotationsBody, AnnotationItem, AnnotationItemAnnotationType, AnnotationItemRole,
    ConversationDetailResponse, ConversationSummaryResponse, ConversationTurn, ErrorEnvelope,
    GetConversationAudioDirection, OperationSuccessResponse, UpsertNoteBody,
};

const KNOWN_CHANNELS: [&str; 3] = ["VOICE-SIP", "WEBCHAT", "CHAT"];
const NOTE: &str = "call back on Tuesday — “naïve” 🙂";
const PAGE_SIZE: u64 = 7;

type Failure = Box<dyn Error>;
type Answer<T> = Result<ResponseValue<T>, ApiError<ErrorEnvelope>>;

#[derive(Serialize)]
struct Report {
    count: i64,
    conversations: Vec<Summary>,
    recorded: Detail,
    odd: Detail,
    empty: Detail,
    recording: Recording,
    redacted: Recording,
    noted: bool,
    note: Option<String>,
    annotated: bool,
    errors: BTreeMap<&'static str, Refusal>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    conversation_id: String,
    channel: Option<String>,
    client_env: Option<String>,
    direction: Option<String>,
    started_at: Option<String>,
    duration: Option<i64>,
    in_progress: Option<bool>,
    poly_score: Option<f64>,
    tags: Option<Vec<String>>,
    note: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(flatten)]
    summary: Summary,
    turns: Option<Vec<Turn>>,
    metrics: Option<Map<String, Value>>,
    function_events: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Turn {
    user_input: Option<String>,
    user_input_dtmf: Option<String>,
    agent_response: Option<String>,
    latency: Option<f64>,
    intents: Option<Vec<String>>,
    entities: Vec<Map<String, Value>>,
    is_silence: Option<bool>,
}

#[derive(Serialize)]
struct Recording {
    bytes: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Refusal {
    status: u16,
    error_code: Option<String>,
    error_message: Option<String>,
    retry_after: Option<u64>,
    error_id_is_correlation_id: bool,
}

struct Agent {
    api: Client,
    id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let agent = Agent::connect(&env::var("POLYAI_API_KEY")?, &env::var("POLYAI_AGENT_ID")?)?;
    let report = agent.report().await?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

impl Agent {
    fn connect(key: &str, id: &str) -> Result<Self, Failure> {
        let headers = HeaderMap::from_iter([("x-api-key".parse()?, HeaderValue::from_str(key)?)]);
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .build()?;
        let api = Client::new_with_client(&env::var("POLYAI_BASE_URL")?, http);
        Ok(Self {
            api,
            id: id.to_owned(),
        })
    }

    async fn report(&self) -> Result<Report, Failure> {
        let (count, rows) = self.walk().await?;
        let recorded = first(&rows, |row| {
            row.audio_url.as_ref().is_some_and(|url| !url.is_empty())
        })?;
        let unfinished = first(&rows, |row| row.in_progress == Some(true))?;
        let odd = first(&rows, |row| {
            row.channel
                .as_ref()
                .is_some_and(|channel| !KNOWN_CHANNELS.contains(&channel.as_str()))
        })?;
        let empty = first(&rows, |row| row.channel.is_none())?;
        Ok(Report {
            count,
            conversations: rows.iter().cloned().map(Summary::from).collect(),
            recorded: self.conversation(&recorded).await?.into(),
            odd: self.conversation(&odd).await?.into(),
            empty: self.conversation(&empty).await?.into(),
            recording: self
                .recording(&recorded, GetConversationAudioDirection::Combined, false)
                .await?,
            redacted: self
                .recording(&recorded, GetConversationAudioDirection::User, true)
                .await?,
            noted: self.write_note(&recorded).await?,
            note: self.conversation(&recorded).await?.note,
            annotated: self.write_annotations(&recorded).await?,
            errors: self.refusals(&recorded, &unfinished).await?,
        })
    }

    async fn walk(&self) -> Result<(i64, Vec<ConversationSummaryResponse>), Failure> {
        let mut rows = Vec::new();
        loop {
            let limit = PAGE_SIZE.try_into()?;
            let offset = rows.len() as u64;
            let page = self
                .api
                .list_conversations(&self.id, Some(limit), Some(offset))
                .await?
                .into_inner();
            let is_empty = page.conversations.is_empty();
            rows.extend(page.conversations);
            if is_empty || rows.len() as i64 >= page.count {
                return Ok((page.count, rows));
            }
        }
    }

    async fn conversation(&self, id: &str) -> Result<ConversationDetailResponse, Failure> {
        Ok(self.api.get_conversation(&self.id, id).await?.into_inner())
    }

    async fn recording(
        &self,
        id: &str,
        direction: GetConversationAudioDirection,
        redacted: bool,
    ) -> Result<Recording, Failure> {
        let answer: ResponseValue<ByteStream> = self
            .api
            .get_conversation_audio(&self.id, id, Some(direction), Some(redacted))
            .await?;
        let mut stream = answer.into_inner();
        let (mut bytes, mut hash) = (0, Sha256::new());
        while let Some(chunk) = stream.try_next().await? {
            bytes += chunk.len();
            hash.update(&chunk);
        }
        let sha256 = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Recording { bytes, sha256 })
    }

    async fn write_note(&self, id: &str) -> Result<bool, Failure> {
        let body = UpsertNoteBody {
            note: NOTE.to_owned(),
        };
        Ok(self.api.upsert_note(&self.id, id, &body).await?.success)
    }

    async fn write_annotations(&self, id: &str) -> Result<bool, Failure> {
        let items = vec![
            annotation(
                0,
                AnnotationItemRole::Agent,
                AnnotationItemAnnotationType::WrongInfo,
            ),
            annotation(
                1,
                AnnotationItemRole::User,
                AnnotationItemAnnotationType::WrongTranscript,
            ),
        ];
        Ok(self.annotate(id, items).await?.success)
    }

    async fn annotate(
        &self,
        id: &str,
        annotations: Vec<AnnotationItem>,
    ) -> Answer<OperationSuccessResponse> {
        self.api
            .add_annotations(&self.id, id, &AddAnnotationsBody { annotations })
            .await
    }

    async fn refusals(
        &self,
        recorded: &str,
        unfinished: &str,
    ) -> Result<BTreeMap<&'static str, Refusal>, Failure> {
        let key = env::var("POLYAI_API_KEY")?;
        let stranger = Agent::connect("not-a-key", &self.id)?;
        let elsewhere = Agent::connect(&key, "PROJECT-OTHER")?;
        let hasty = Agent::connect(&env::var("POLYAI_RATE_LIMITED_KEY")?, &self.id)?;
        let beyond = annotation(
            10_000,
            AnnotationItemRole::Agent,
            AnnotationItemAnnotationType::WrongInfo,
        );
        Ok(BTreeMap::from([
            (
                "bad request",
                refusal(self.annotate(recorded, vec![beyond]).await)?,
            ),
            ("unauthorized", refusal(stranger.list().await)?),
            ("forbidden", refusal(elsewhere.list().await)?),
            (
                "not found",
                refusal(self.api.get_conversation(&self.id, "KA-0").await)?,
            ),
            (
                "no recording",
                refusal(
                    self.api
                        .get_conversation_audio(&self.id, unfinished, None, None)
                        .await,
                )?,
            ),
            ("rate limited", refusal(hasty.list().await)?),
        ]))
    }

    async fn list(&self) -> Answer<api::types::GetConversationsResponse> {
        self.api.list_conversations(&self.id, None, None).await
    }
}

fn first(
    rows: &[ConversationSummaryResponse],
    matches: impl Fn(&ConversationSummaryResponse) -> bool,
) -> Result<String, Failure> {
    let row = rows
        .iter()
        .find(|row| matches(row))
        .ok_or("no conversation matches")?;
    Ok(row.conversation_id.clone())
}

fn annotation(
    turn_id: u64,
    role: AnnotationItemRole,
    annotation_type: AnnotationItemAnnotationType,
) -> AnnotationItem {
    AnnotationItem {
        annotation_type,
        role,
        turn_id,
    }
}

fn refusal<T>(answer: Answer<T>) -> Result<Refusal, Failure> {
    let response = match answer {
        Err(ApiError::ErrorResponse(response)) => response,
        Err(other) => return Err(other.into()),
        Ok(_) => return Err("the call was not refused".into()),
    };
    let said = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let correlation_id = said("x-polyai-correlation-id");
    Ok(Refusal {
        status: response.status().as_u16(),
        retry_after: said("retry-after").map(str::parse).transpose()?,
        error_id_is_correlation_id: correlation_id.is_some()
            && response.error_id.as_deref() == correlation_id,
        error_code: response.error_code.clone(),
        error_message: response.error_message.clone(),
    })
}

impl From<ConversationSummaryResponse> for Summary {
    fn from(row: ConversationSummaryResponse) -> Self {
        Self {
            conversation_id: row.conversation_id,
            channel: row.channel,
            client_env: row.client_env,
            direction: row.direction,
            started_at: row.started_at,
            duration: row.duration,
            in_progress: row.in_progress,
            poly_score: row.poly_score,
            tags: row.tags,
            note: row.note,
        }
    }
}

impl From<ConversationDetailResponse> for Detail {
    fn from(conversation: ConversationDetailResponse) -> Self {
        Self {
            summary: Summary {
                conversation_id: conversation.conversation_id,
                channel: conversation.channel,
                client_env: conversation.client_env,
                direction: conversation.direction,
                started_at: conversation.started_at,
                duration: conversation.duration,
                in_progress: conversation.in_progress,
                poly_score: conversation.poly_score,
                tags: conversation.tags,
                note: conversation.note,
            },
            turns: conversation
                .turns
                .map(|turns| turns.into_iter().map(Turn::from).collect()),
            metrics: conversation.metrics,
            function_events: conversation.function_events,
        }
    }
}

impl From<ConversationTurn> for Turn {
    fn from(turn: ConversationTurn) -> Self {
        Self {
            user_input: turn.user_input,
            user_input_dtmf: turn.user_input_dtmf,
            agent_response: turn.agent_response,
            latency: turn.latency,
            intents: turn.intents,
            entities: turn.entities.unwrap_or_default(),
            is_silence: turn.is_silence,
        }
    }
}

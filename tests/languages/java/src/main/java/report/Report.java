package report;

import com.fasterxml.jackson.databind.ObjectMapper;
import conversations.ApiClient;
import conversations.ApiException;
import conversations.api.ConversationsApi;
import conversations.model.AddAnnotationsBody;
import conversations.model.AnnotationItem;
import conversations.model.AnnotationItem.AnnotationTypeEnum;
import conversations.model.AnnotationItem.RoleEnum;
import conversations.model.ConversationDetailResponse;
import conversations.model.ConversationSummaryResponse;
import conversations.model.ConversationTurn;
import conversations.model.ErrorEnvelope;
import conversations.model.UpsertNoteBody;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Does with a client that openapi-generator made what the programs beside it do with theirs. */
public final class Report {
  private static final Set<String> KNOWN_CHANNELS = Set.of("VOICE-SIP", "WEBCHAT", "CHAT");
  private static final String NOTE = "call back on Tuesday — “naïve” 🙂";
  private static final int PAGE_SIZE = 7;

  private final ObjectMapper json = new ObjectMapper();
  private final String key = setting("POLYAI_API_KEY");
  private final String agentId = setting("POLYAI_AGENT_ID");
  private final ConversationsApi api = connect(key);

  private Report() {}

  public static void main(String[] arguments) throws Exception {
    Report report = new Report();
    byte[] printed = report.json.writeValueAsString(report.make()).getBytes(StandardCharsets.UTF_8);
    System.out.write(printed);
    System.out.flush();
  }

  private static String setting(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }

  private static ConversationsApi connect(String key) {
    ApiClient client = new ApiClient();
    // Else every request offers an upgrade to HTTP/2, of which the sandbox's server complains.
    client.setHttpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    client.updateBaseUri(setting("POLYAI_BASE_URL"));
    client.setRequestInterceptor(request -> request.header("X-API-KEY", key));
    return new ConversationsApi(client);
  }

  private Map<String, Object> make() throws ApiException, IOException, NoSuchAlgorithmException {
    Map<String, Object> report = new LinkedHashMap<>();
    List<ConversationSummaryResponse> rows = new ArrayList<>();
    report.put("count", walk(rows));
    report.put("conversations", rows.stream().map(Report::summary).toList());
    String recorded = first(rows, row -> row.getAudioUrl() != null && !row.getAudioUrl().isEmpty());
    String unfinished = first(rows, row -> Boolean.TRUE.equals(row.getInProgress()));
    String odd =
        first(rows, row -> row.getChannel() != null && !KNOWN_CHANNELS.contains(row.getChannel()));
    String empty = first(rows, row -> row.getChannel() == null);
    report.put("recorded", detail(api.getConversation(agentId, recorded)));
    report.put("odd", detail(api.getConversation(agentId, odd)));
    report.put("empty", detail(api.getConversation(agentId, empty)));
    report.put("recording", recording(recorded, "combined", false));
    report.put("redacted", recording(recorded, "user", true));
    UpsertNoteBody note = new UpsertNoteBody().note(NOTE);
    report.put("noted", api.upsertNote(agentId, recorded, note).getSuccess());
    report.put("note", api.getConversation(agentId, recorded).getNote());
    AddAnnotationsBody annotations =
        new AddAnnotationsBody()
            .addAnnotationsItem(annotation(0, RoleEnum.AGENT, AnnotationTypeEnum.WRONG_INFO))
            .addAnnotationsItem(annotation(1, RoleEnum.USER, AnnotationTypeEnum.WRONG_TRANSCRIPT));
    report.put("annotated", api.addAnnotations(agentId, recorded, annotations).getSuccess());
    report.put("errors", errors(recorded, unfinished));
    return report;
  }

  private int walk(List<ConversationSummaryResponse> rows) throws ApiException {
    while (true) {
      var page = api.listConversations(agentId, PAGE_SIZE, rows.size());
      rows.addAll(page.getConversations());
      if (page.getConversations().isEmpty() || rows.size() >= page.getCount()) {
        return page.getCount();
      }
    }
  }

  private static String first(
      List<ConversationSummaryResponse> rows, Predicate<ConversationSummaryResponse> matches) {
    return rows.stream().filter(matches).findFirst().orElseThrow().getConversationId();
  }

  private static AnnotationItem annotation(int turn, RoleEnum role, AnnotationTypeEnum type) {
    return new AnnotationItem().turnId(turn).role(role).annotationType(type);
  }

  private Map<String, Object> recording(String id, String direction, boolean redacted)
      throws ApiException, IOException, NoSuchAlgorithmException {
    File file = api.getConversationAudio(agentId, id, direction, redacted);
    byte[] wav = Files.readAllBytes(file.toPath());
    Files.delete(file.toPath());
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(wav);
    return Map.of("bytes", wav.length, "sha256", HexFormat.of().formatHex(sum));
  }

  private Map<String, Object> errors(String recorded, String unfinished) throws IOException {
    AnnotationItem beyond = annotation(10_000, RoleEnum.AGENT, AnnotationTypeEnum.WRONG_INFO);
    AddAnnotationsBody bad = new AddAnnotationsBody().addAnnotationsItem(beyond);
    Map<String, Object> errors = new LinkedHashMap<>();
    errors.put("bad request", refusal(() -> api.addAnnotations(agentId, recorded, bad)));
    errors.put("unauthorized", refusal(() -> list("not-a-key", agentId)));
    errors.put("forbidden", refusal(() -> list(key, "PROJECT-OTHER")));
    errors.put("not found", refusal(() -> api.getConversation(agentId, "KA-0")));
    errors.put(
        "no recording", refusal(() -> api.getConversationAudio(agentId, unfinished, null, null)));
    errors.put("rate limited", refusal(() -> list(setting("POLYAI_RATE_LIMITED_KEY"), agentId)));
    return errors;
  }

  private static void list(String key, String agentId) throws ApiException {
    connect(key).listConversations(agentId, null, null);
  }

  private Map<String, Object> refusal(Call call) throws IOException {
    try {
      call.make();
    } catch (ApiException error) {
      return refusal(error);
    }
    throw new IllegalStateException("The call was not refused");
  }

  private static Map<String, Object> refusal(ApiException error) throws IOException {
    ErrorEnvelope envelope =
        ApiClient.createDefaultObjectMapper()
            .readValue(error.getResponseBody(), ErrorEnvelope.class);
    var headers = error.getResponseHeaders();
    String correlationId = headers.firstValue("X-PolyAI-Correlation-Id").orElse(null);
    Map<String, Object> refusal = new LinkedHashMap<>();
    refusal.put("status", error.getCode());
    refusal.put("error_code", envelope.getErrorCode());
    refusal.put("error_message", envelope.getErrorMessage());
    refusal.put(
        "retry_after", headers.firstValue("Retry-After").map(Integer::valueOf).orElse(null));
    refusal.put(
        "error_id_is_correlation_id",
        correlationId != null && correlationId.equals(envelope.getErrorId()));
    return refusal;
  }

  private static Map<String, Object> summary(ConversationSummaryResponse row) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("conversationId", row.getConversationId());
    summary.put("channel", row.getChannel());
    summary.put("clientEnv", row.getClientEnv());
    summary.put("direction", row.getDirection());
    summary.put("startedAt", row.getStartedAt());
    summary.put("duration", row.getDuration());
    summary.put("inProgress", row.getInProgress());
    summary.put("polyScore", row.getPolyScore());
    summary.put("tags", row.getTags());
    summary.put("note", row.getNote());
    return summary;
  }

  private static Map<String, Object> detail(ConversationDetailResponse conversation) {
    Map<String, Object> detail = new LinkedHashMap<>();
    detail.put("conversationId", conversation.getConversationId());
    detail.put("channel", conversation.getChannel());
    detail.put("clientEnv", conversation.getClientEnv());
    detail.put("direction", conversation.getDirection());
    detail.put("startedAt", conversation.getStartedAt());
    detail.put("duration", conversation.getDuration());
    detail.put("inProgress", conversation.getInProgress());
    detail.put("polyScore", conversation.getPolyScore());
    detail.put("tags", conversation.getTags());
    detail.put("note", conversation.getNote());
    var turns = conversation.getTurns();
    detail.put("turns", turns == null ? null : turns.stream().map(Report::turn).toList());
    detail.put("metrics", conversation.getMetrics());
    detail.put("functionEvents", conversation.getFunctionEvents());
    return detail;
  }

  private static Map<String, Object> turn(ConversationTurn each) {
    Map<String, Object> turn = new LinkedHashMap<>();
    turn.put("user_input", each.getUserInput());
    turn.put("user_input_dtmf", each.getUserInputDtmf());
    turn.put("agent_response", each.getAgentResponse());
    turn.put("latency", each.getLatency());
    turn.put("intents", each.getIntents());
    turn.put("entities", each.getEntities());
    turn.put("is_silence", each.getIsSilence());
    return turn;
  }

  /** A call of the API. */
  private interface Call {
    void make() throws ApiException;
  }
}

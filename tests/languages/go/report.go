// Does with a client that oapi-codegen made what the programs beside it do with theirs.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"

	"conversations-report/client"
)

const (
	note     = "call back on Tuesday — “naïve” 🙂"
	pageSize = 7
)

// Report is what every program prints.
type Report struct {
	Count         int                `json:"count"`
	Conversations []Summary          `json:"conversations"`
	Recorded      Detail             `json:"recorded"`
	Odd           Detail             `json:"odd"`
	Empty         Detail             `json:"empty"`
	Recording     Recording          `json:"recording"`
	Redacted      Recording          `json:"redacted"`
	Noted         *bool              `json:"noted"`
	Note          *string            `json:"note"`
	Annotated     *bool              `json:"annotated"`
	Errors        map[string]Refusal `json:"errors"`
}

// Summary is some of what a conversation's summary holds.
type Summary struct {
	ConversationID string    `json:"conversationId"`
	Channel        *string   `json:"channel"`
	ClientEnv      *string   `json:"clientEnv"`
	Direction      *string   `json:"direction"`
	StartedAt      *string   `json:"startedAt"`
	Duration       *int      `json:"duration"`
	InProgress     *bool     `json:"inProgress"`
	PolyScore      *float64  `json:"polyScore"`
	Tags           *[]string `json:"tags"`
	Note           *string   `json:"note"`
}

// Detail is some of what a conversation's full record holds.
type Detail struct {
	Summary
	Turns          []Turn          `json:"turns"`
	Metrics        *map[string]any `json:"metrics"`
	FunctionEvents *map[string]any `json:"functionEvents"`
}

// Turn is some of what a turn holds.
type Turn struct {
	UserInput     *string           `json:"user_input"`
	UserInputDtmf *string           `json:"user_input_dtmf"`
	AgentResponse *string           `json:"agent_response"`
	Latency       *float64          `json:"latency"`
	Intents       *[]string         `json:"intents"`
	Entities      *[]map[string]any `json:"entities"`
	IsSilence     *bool             `json:"is_silence"`
}

// Recording tells which recording it is.
type Recording struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Refusal is what an error says.
type Refusal struct {
	Status                 int     `json:"status"`
	ErrorCode              *string `json:"error_code"`
	ErrorMessage           *string `json:"error_message"`
	RetryAfter             *int    `json:"retry_after"`
	ErrorIDIsCorrelationID bool    `json:"error_id_is_correlation_id"`
}

// Agent is an agent, and a client with a key for it.
type Agent struct {
	api *client.ClientWithResponses
	id  string
}

func main() {
	log.SetFlags(0)
	report, err := makeReport(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		log.Fatal(err)
	}
}

func connect(key, agentID string) (Agent, error) {
	send := func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-API-KEY", key)
		return nil
	}
	api, err := client.NewClientWithResponses(
		os.Getenv("POLYAI_BASE_URL"), client.WithRequestEditorFn(send))
	return Agent{api, agentID}, err
}

func makeReport(ctx context.Context) (*Report, error) {
	agent, err := connect(os.Getenv("POLYAI_API_KEY"), os.Getenv("POLYAI_AGENT_ID"))
	if err != nil {
		return nil, err
	}
	count, rows, err := agent.walk(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{Count: count}
	for _, row := range rows {
		report.Conversations = append(report.Conversations, summary(row))
	}
	recorded := first(rows, func(row client.ConversationSummaryResponse) bool {
		return row.AudioUrl != nil && *row.AudioUrl != ""
	})
	unfinished := first(rows, func(row client.ConversationSummaryResponse) bool {
		return row.InProgress != nil && *row.InProgress
	})
	odd := first(rows, func(row client.ConversationSummaryResponse) bool {
		return row.Channel != nil && !isKnown(*row.Channel)
	})
	empty := first(rows, func(row client.ConversationSummaryResponse) bool {
		return row.Channel == nil
	})
	if err := agent.read(ctx, report, recorded, odd, empty); err != nil {
		return nil, err
	}
	if err := agent.write(ctx, report, recorded); err != nil {
		return nil, err
	}
	report.Errors, err = agent.refusals(ctx, recorded, unfinished)
	return report, err
}

func (a Agent) walk(ctx context.Context) (int, []client.ConversationSummaryResponse, error) {
	var rows []client.ConversationSummaryResponse
	for {
		limit, offset := pageSize, len(rows)
		params := &client.ListConversationsParams{Limit: &limit, Offset: &offset}
		answer, err := a.api.ListConversationsWithResponse(ctx, a.id, params)
		if err != nil {
			return 0, nil, err
		}
		page := answer.JSON200
		if page == nil {
			return 0, nil, fmt.Errorf("%s: %s", answer.Status(), answer.Body)
		}
		rows = append(rows, page.Conversations...)
		if len(rows) >= page.Count || len(page.Conversations) == 0 {
			return page.Count, rows, nil
		}
	}
}

func (a Agent) read(ctx context.Context, report *Report, recorded, odd, empty string) error {
	for _, wanted := range []struct {
		id     string
		detail *Detail
	}{{recorded, &report.Recorded}, {odd, &report.Odd}, {empty, &report.Empty}} {
		conversation, err := a.conversation(ctx, wanted.id)
		if err != nil {
			return err
		}
		*wanted.detail = detail(conversation)
	}
	var err error
	combined := client.GetConversationAudioParamsDirectionCombined
	if report.Recording, err = a.recording(ctx, recorded, combined, false); err != nil {
		return err
	}
	user := client.GetConversationAudioParamsDirectionUser
	report.Redacted, err = a.recording(ctx, recorded, user, true)
	return err
}

func (a Agent) write(ctx context.Context, report *Report, id string) error {
	noted, err := a.api.UpsertNoteWithResponse(ctx, a.id, id, client.UpsertNoteBody{Note: note})
	if err != nil {
		return err
	}
	report.Noted, err = taken(noted.JSON200, noted.JSON201, noted.Status(), noted.Body)
	if err != nil {
		return err
	}
	conversation, err := a.conversation(ctx, id)
	if err != nil {
		return err
	}
	report.Note = conversation.Note
	annotated, err := a.annotate(ctx, id,
		client.AnnotationItem{TurnId: 0, Role: client.AnnotationItemRoleAgent, AnnotationType: client.WrongInfo},
		client.AnnotationItem{TurnId: 1, Role: client.AnnotationItemRoleUser, AnnotationType: client.WrongTranscript},
	)
	if err != nil {
		return err
	}
	report.Annotated, err = taken(annotated.JSON200, annotated.JSON201, annotated.Status(), annotated.Body)
	return err
}

// taken tells whether a write was taken, by the answer to either status that says so.
func taken(ok, created *client.OperationSucceeded, status string, body []byte) (*bool, error) {
	answer := cmp.Or(ok, created)
	if answer == nil {
		return nil, fmt.Errorf("%s: %s", status, body)
	}
	return answer.Success, nil
}

func (a Agent) conversation(ctx context.Context, id string) (*client.ConversationDetailResponse, error) {
	answer, err := a.api.GetConversationWithResponse(ctx, a.id, id)
	if err != nil {
		return nil, err
	}
	if answer.JSON200 == nil {
		return nil, fmt.Errorf("%s: %s", answer.Status(), answer.Body)
	}
	return answer.JSON200, nil
}

func (a Agent) recording(
	ctx context.Context, id string, direction client.GetConversationAudioParamsDirection, redacted bool,
) (Recording, error) {
	params := &client.GetConversationAudioParams{Direction: &direction, Redacted: &redacted}
	answer, err := a.api.GetConversationAudioWithResponse(ctx, a.id, id, params)
	if err != nil {
		return Recording{}, err
	}
	if answer.StatusCode() != http.StatusOK {
		return Recording{}, fmt.Errorf("%s: %s", answer.Status(), answer.Body)
	}
	sum := sha256.Sum256(answer.Body)
	return Recording{len(answer.Body), hex.EncodeToString(sum[:])}, nil
}

func (a Agent) annotate(
	ctx context.Context, id string, items ...client.AnnotationItem,
) (*client.AddAnnotationsResponse, error) {
	return a.api.AddAnnotationsWithResponse(ctx, a.id, id, client.AddAnnotationsBody{Annotations: items})
}

func (a Agent) refusals(ctx context.Context, recorded, unfinished string) (map[string]Refusal, error) {
	beyond := client.AnnotationItem{
		TurnId: 10_000, Role: client.AnnotationItemRoleAgent, AnnotationType: client.WrongInfo,
	}
	annotated, err := a.annotate(ctx, recorded, beyond)
	if err != nil {
		return nil, err
	}
	unknown, err := a.api.GetConversationWithResponse(ctx, a.id, "KA-0")
	if err != nil {
		return nil, err
	}
	silent, err := a.api.GetConversationAudioWithResponse(ctx, a.id, unfinished, nil)
	if err != nil {
		return nil, err
	}
	unauthorized, err := list(ctx, "not-a-key", a.id)
	if err != nil {
		return nil, err
	}
	forbidden, err := list(ctx, os.Getenv("POLYAI_API_KEY"), "PROJECT-OTHER")
	if err != nil {
		return nil, err
	}
	limited, err := list(ctx, os.Getenv("POLYAI_RATE_LIMITED_KEY"), a.id)
	if err != nil {
		return nil, err
	}
	return map[string]Refusal{
		"bad request":  refusal(annotated.HTTPResponse, annotated.JSON400),
		"not found":    refusal(unknown.HTTPResponse, unknown.JSON404),
		"no recording": refusal(silent.HTTPResponse, silent.JSON404),
		"unauthorized": refusal(unauthorized.HTTPResponse, unauthorized.JSON401),
		"forbidden":    refusal(forbidden.HTTPResponse, forbidden.JSON403),
		"rate limited": refusal(limited.HTTPResponse, limited.JSON429),
	}, nil
}

func list(ctx context.Context, key, agentID string) (*client.ListConversationsResponse, error) {
	agent, err := connect(key, agentID)
	if err != nil {
		return nil, err
	}
	return agent.api.ListConversationsWithResponse(ctx, agent.id, nil)
}

func refusal(response *http.Response, envelope *client.ErrorEnvelope) Refusal {
	if envelope == nil {
		log.Fatalf("%s has no error envelope", response.Status)
	}
	refusal := Refusal{
		Status:       response.StatusCode,
		ErrorCode:    envelope.ErrorCode,
		ErrorMessage: envelope.ErrorMessage,
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		refusal.RetryAfter = &seconds
	}
	id := response.Header.Get("X-PolyAI-Correlation-Id")
	refusal.ErrorIDIsCorrelationID = id != "" && envelope.ErrorId != nil && *envelope.ErrorId == id
	return refusal
}

func first(
	rows []client.ConversationSummaryResponse, matches func(client.ConversationSummaryResponse) bool,
) string {
	for _, row := range rows {
		if matches(row) {
			return row.ConversationId
		}
	}
	log.Fatal("no conversation matches")
	return ""
}

func isKnown(channel string) bool {
	return channel == "VOICE-SIP" || channel == "WEBCHAT" || channel == "CHAT"
}

func summary(row client.ConversationSummaryResponse) Summary {
	return Summary{
		ConversationID: row.ConversationId,
		Channel:        row.Channel,
		ClientEnv:      row.ClientEnv,
		Direction:      row.Direction,
		StartedAt:      row.StartedAt,
		Duration:       row.Duration,
		InProgress:     row.InProgress,
		PolyScore:      row.PolyScore,
		Tags:           row.Tags,
		Note:           row.Note,
	}
}

func detail(conversation *client.ConversationDetailResponse) Detail {
	detail := Detail{
		Summary: Summary{
			ConversationID: conversation.ConversationId,
			Channel:        conversation.Channel,
			ClientEnv:      conversation.ClientEnv,
			Direction:      conversation.Direction,
			StartedAt:      conversation.StartedAt,
			Duration:       conversation.Duration,
			InProgress:     conversation.InProgress,
			PolyScore:      conversation.PolyScore,
			Tags:           conversation.Tags,
			Note:           conversation.Note,
		},
		Metrics:        conversation.Metrics,
		FunctionEvents: conversation.FunctionEvents,
	}
	if conversation.Turns == nil {
		return detail
	}
	for _, turn := range *conversation.Turns {
		detail.Turns = append(detail.Turns, Turn{
			UserInput:     turn.UserInput,
			UserInputDtmf: turn.UserInputDtmf,
			AgentResponse: turn.AgentResponse,
			Latency:       turn.Latency,
			Intents:       turn.Intents,
			Entities:      turn.Entities,
			IsSilence:     turn.IsSilence,
		})
	}
	return detail
}

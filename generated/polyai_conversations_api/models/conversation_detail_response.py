from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.conversation_function_events import ConversationFunctionEvents
    from ..models.conversation_metrics import ConversationMetrics
    from ..models.conversation_short_summary import ConversationShortSummary
    from ..models.conversation_turn import ConversationTurn


T = TypeVar("T", bound="ConversationDetailResponse")


@_attrs_define
class ConversationDetailResponse:
    """The full record of a conversation."""

    conversation_id: str
    """ The id of the conversation. """
    account_id: str
    """ The account (workspace) that the agent belongs to. """
    project_id: str
    """ The agent (project) that had the conversation, by its id or its slug. """
    created_at: None | str | Unset = UNSET
    """ When the record was created: an ISO 8601 time with `Z` or an offset, with or without
    fractions of a second.
     """
    started_at: None | str | Unset = UNSET
    """ When the conversation started, in the format of `createdAt`. """
    finished_at: None | str | Unset = UNSET
    """ When the conversation ended, in the format of `createdAt`; empty while it is in progress.
     """
    channel: None | str | Unset = UNSET
    """ How the user reached the agent. Known values are `VOICE-SIP`, `WEBCHAT`, `CHAT`, `SMS` and
    `RCS`.
     """
    from_number: None | str | Unset = UNSET
    """ Phone number of the caller; an e-mail address was recorded, too. Whether it is the user's
    or the agent's if `direction` is `outbound` is not documented.
     """
    to_number: None | str | Unset = UNSET
    """ Phone number that was called; a word was recorded, too. Whose it is if `direction` is
    `outbound` is not documented.
     """
    language: None | str | Unset = UNSET
    """ Language of the conversation, such as `en-US`. """
    variant_id: None | str | Unset = UNSET
    """ The variant of the agent that had the conversation. """
    client_env: None | str | Unset = UNSET
    """ Environment in which the agent ran. Known values are `sandbox`, `pre-release`, `live`,
    `test` and `scenarios`.
     """
    total_duration: int | None | Unset = UNSET
    """ Length of the whole call in seconds. """
    polyai_duration: int | None | Unset = UNSET
    """ Length of the part of the call that the agent handled, in seconds. """
    duration: int | None | Unset = UNSET
    """ Length of the conversation in seconds. How it differs from `totalDuration` is not
    documented.
     """
    in_progress: bool | None | Unset = UNSET
    """ Whether the conversation is still in progress. It has no recording until it ends. """
    handoff: bool | None | Unset = UNSET
    """ Whether the agent handed the call over to a person. """
    handoff_destination: None | str | Unset = UNSET
    """ Where the call was handed over to. """
    handoff_reason: None | str | Unset = UNSET
    """ Why the call was handed over. """
    direction: None | str | Unset = UNSET
    """ Who called whom. Known values are `inbound` (the user called the agent) and `outbound`
    (the agent called the user).
     """
    tags: list[str] | None | Unset = UNSET
    """ Labels of the conversation. """
    poly_score: float | None | Unset = UNSET
    """ The vendor's quality score of the conversation. Its range is not documented: the vendor
    describes scores from 1 to 5, and 6.0 was recorded.
     """
    short_summary: ConversationShortSummary | None | str | Unset = UNSET
    """ What the conversation was about: text or an object. The text may itself be JSON of such an
    object.
     """
    deployment_id: None | str | Unset = UNSET
    """ The deployment of the agent that had the conversation. """
    note: None | str | Unset = UNSET
    """ The note that was set on the conversation. """
    audio_url: None | str | Unset = UNSET
    """ URI reference of the recording; empty if there is none. A relative reference was recorded,
    such as `conversations/KA-123/audio`: its base is the agent's address with a trailing
    slash, `https://api.{region}.poly.ai/v1/agents/{agentId}/`. Whether it can also be absolute
    is not documented. Send the key only to the API's host, or use `getConversationAudio`.
     """
    turns: list[ConversationTurn] | None | Unset = UNSET
    """ The transcript, in the order spoken. It is empty if transcripts are switched off for
    the project. Transcripts are deleted after the retention period of the account's
    contract.
     """
    metrics: ConversationMetrics | None | Unset = UNSET
    """ Values that the agent or the platform measured, by the name of the metric.

    In the recorded responses, each metric is an array of rows, even with a single row.
    A row is an object with a `timestamp`, an ISO 8601 time without a time zone, and a
    `value`, which is text even for numbers. The vendor describes another form: a plain
    value, or an array of plain values for a metric that was written more than once.
     """
    function_events: ConversationFunctionEvents | None | Unset = UNSET
    """ Calls of the agent's functions, by the number of the turn as text. In the recorded
    responses, the first turn has the number `"1"`, and turns without calls are absent.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.conversation_function_events import ConversationFunctionEvents  # noqa: PLC0415
        from ..models.conversation_metrics import ConversationMetrics  # noqa: PLC0415
        from ..models.conversation_short_summary import ConversationShortSummary  # noqa: PLC0415

        conversation_id = self.conversation_id

        account_id = self.account_id

        project_id = self.project_id

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        else:
            created_at = self.created_at

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        else:
            started_at = self.started_at

        finished_at: None | str | Unset
        if isinstance(self.finished_at, Unset):
            finished_at = UNSET
        else:
            finished_at = self.finished_at

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        else:
            channel = self.channel

        from_number: None | str | Unset
        if isinstance(self.from_number, Unset):
            from_number = UNSET
        else:
            from_number = self.from_number

        to_number: None | str | Unset
        if isinstance(self.to_number, Unset):
            to_number = UNSET
        else:
            to_number = self.to_number

        language: None | str | Unset
        if isinstance(self.language, Unset):
            language = UNSET
        else:
            language = self.language

        variant_id: None | str | Unset
        if isinstance(self.variant_id, Unset):
            variant_id = UNSET
        else:
            variant_id = self.variant_id

        client_env: None | str | Unset
        if isinstance(self.client_env, Unset):
            client_env = UNSET
        else:
            client_env = self.client_env

        total_duration: int | None | Unset
        if isinstance(self.total_duration, Unset):
            total_duration = UNSET
        else:
            total_duration = self.total_duration

        polyai_duration: int | None | Unset
        if isinstance(self.polyai_duration, Unset):
            polyai_duration = UNSET
        else:
            polyai_duration = self.polyai_duration

        duration: int | None | Unset
        if isinstance(self.duration, Unset):
            duration = UNSET
        else:
            duration = self.duration

        in_progress: bool | None | Unset
        if isinstance(self.in_progress, Unset):
            in_progress = UNSET
        else:
            in_progress = self.in_progress

        handoff: bool | None | Unset
        if isinstance(self.handoff, Unset):
            handoff = UNSET
        else:
            handoff = self.handoff

        handoff_destination: None | str | Unset
        if isinstance(self.handoff_destination, Unset):
            handoff_destination = UNSET
        else:
            handoff_destination = self.handoff_destination

        handoff_reason: None | str | Unset
        if isinstance(self.handoff_reason, Unset):
            handoff_reason = UNSET
        else:
            handoff_reason = self.handoff_reason

        direction: None | str | Unset
        if isinstance(self.direction, Unset):
            direction = UNSET
        else:
            direction = self.direction

        tags: list[str] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, list):
            tags = self.tags

        else:
            tags = self.tags

        poly_score: float | None | Unset
        if isinstance(self.poly_score, Unset):
            poly_score = UNSET
        else:
            poly_score = self.poly_score

        short_summary: dict[str, Any] | None | str | Unset
        if isinstance(self.short_summary, Unset):
            short_summary = UNSET
        elif isinstance(self.short_summary, ConversationShortSummary):
            short_summary = self.short_summary.to_dict()
        else:
            short_summary = self.short_summary

        deployment_id: None | str | Unset
        if isinstance(self.deployment_id, Unset):
            deployment_id = UNSET
        else:
            deployment_id = self.deployment_id

        note: None | str | Unset
        if isinstance(self.note, Unset):
            note = UNSET
        else:
            note = self.note

        audio_url: None | str | Unset
        if isinstance(self.audio_url, Unset):
            audio_url = UNSET
        else:
            audio_url = self.audio_url

        turns: list[dict[str, Any]] | None | Unset
        if isinstance(self.turns, Unset):
            turns = UNSET
        elif isinstance(self.turns, list):
            turns = []
            for turns_type_0_item_data in self.turns:
                turns_type_0_item = turns_type_0_item_data.to_dict()
                turns.append(turns_type_0_item)

        else:
            turns = self.turns

        metrics: dict[str, Any] | None | Unset
        if isinstance(self.metrics, Unset):
            metrics = UNSET
        elif isinstance(self.metrics, ConversationMetrics):
            metrics = self.metrics.to_dict()
        else:
            metrics = self.metrics

        function_events: dict[str, Any] | None | Unset
        if isinstance(self.function_events, Unset):
            function_events = UNSET
        elif isinstance(self.function_events, ConversationFunctionEvents):
            function_events = self.function_events.to_dict()
        else:
            function_events = self.function_events

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "conversationId": conversation_id,
                "accountId": account_id,
                "projectId": project_id,
            }
        )
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if finished_at is not UNSET:
            field_dict["finishedAt"] = finished_at
        if channel is not UNSET:
            field_dict["channel"] = channel
        if from_number is not UNSET:
            field_dict["fromNumber"] = from_number
        if to_number is not UNSET:
            field_dict["toNumber"] = to_number
        if language is not UNSET:
            field_dict["language"] = language
        if variant_id is not UNSET:
            field_dict["variantId"] = variant_id
        if client_env is not UNSET:
            field_dict["clientEnv"] = client_env
        if total_duration is not UNSET:
            field_dict["totalDuration"] = total_duration
        if polyai_duration is not UNSET:
            field_dict["polyaiDuration"] = polyai_duration
        if duration is not UNSET:
            field_dict["duration"] = duration
        if in_progress is not UNSET:
            field_dict["inProgress"] = in_progress
        if handoff is not UNSET:
            field_dict["handoff"] = handoff
        if handoff_destination is not UNSET:
            field_dict["handoffDestination"] = handoff_destination
        if handoff_reason is not UNSET:
            field_dict["handoffReason"] = handoff_reason
        if direction is not UNSET:
            field_dict["direction"] = direction
        if tags is not UNSET:
            field_dict["tags"] = tags
        if poly_score is not UNSET:
            field_dict["polyScore"] = poly_score
        if short_summary is not UNSET:
            field_dict["shortSummary"] = short_summary
        if deployment_id is not UNSET:
            field_dict["deploymentId"] = deployment_id
        if note is not UNSET:
            field_dict["note"] = note
        if audio_url is not UNSET:
            field_dict["audioUrl"] = audio_url
        if turns is not UNSET:
            field_dict["turns"] = turns
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if function_events is not UNSET:
            field_dict["functionEvents"] = function_events

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.conversation_function_events import ConversationFunctionEvents  # noqa: PLC0415
        from ..models.conversation_metrics import ConversationMetrics  # noqa: PLC0415
        from ..models.conversation_short_summary import ConversationShortSummary  # noqa: PLC0415
        from ..models.conversation_turn import ConversationTurn  # noqa: PLC0415

        d = dict(src_dict)
        conversation_id = d.pop("conversationId")

        account_id = d.pop("accountId")

        project_id = d.pop("projectId")

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        created_at = _parse_created_at(d.pop("createdAt", UNSET))

        def _parse_started_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        started_at = _parse_started_at(d.pop("startedAt", UNSET))

        def _parse_finished_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        finished_at = _parse_finished_at(d.pop("finishedAt", UNSET))

        def _parse_channel(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        channel = _parse_channel(d.pop("channel", UNSET))

        def _parse_from_number(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        from_number = _parse_from_number(d.pop("fromNumber", UNSET))

        def _parse_to_number(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        to_number = _parse_to_number(d.pop("toNumber", UNSET))

        def _parse_language(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        language = _parse_language(d.pop("language", UNSET))

        def _parse_variant_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        variant_id = _parse_variant_id(d.pop("variantId", UNSET))

        def _parse_client_env(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        client_env = _parse_client_env(d.pop("clientEnv", UNSET))

        def _parse_total_duration(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        total_duration = _parse_total_duration(d.pop("totalDuration", UNSET))

        def _parse_polyai_duration(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        polyai_duration = _parse_polyai_duration(d.pop("polyaiDuration", UNSET))

        def _parse_duration(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        duration = _parse_duration(d.pop("duration", UNSET))

        def _parse_in_progress(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        in_progress = _parse_in_progress(d.pop("inProgress", UNSET))

        def _parse_handoff(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        handoff = _parse_handoff(d.pop("handoff", UNSET))

        def _parse_handoff_destination(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        handoff_destination = _parse_handoff_destination(
            d.pop("handoffDestination", UNSET)
        )

        def _parse_handoff_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        handoff_reason = _parse_handoff_reason(d.pop("handoffReason", UNSET))

        def _parse_direction(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        direction = _parse_direction(d.pop("direction", UNSET))

        def _parse_tags(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tags_type_0 = cast("list[str]", data)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[str] | None | Unset", data)

        tags = _parse_tags(d.pop("tags", UNSET))

        def _parse_poly_score(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        poly_score = _parse_poly_score(d.pop("polyScore", UNSET))

        def _parse_short_summary(
            data: object,
        ) -> ConversationShortSummary | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                short_summary_type_1 = ConversationShortSummary.from_dict(data)

                return short_summary_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("ConversationShortSummary | None | str | Unset", data)

        short_summary = _parse_short_summary(d.pop("shortSummary", UNSET))

        def _parse_deployment_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        deployment_id = _parse_deployment_id(d.pop("deploymentId", UNSET))

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        note = _parse_note(d.pop("note", UNSET))

        def _parse_audio_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        audio_url = _parse_audio_url(d.pop("audioUrl", UNSET))

        def _parse_turns(data: object) -> list[ConversationTurn] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                turns_type_0 = []
                _turns_type_0 = data
                for turns_type_0_item_data in _turns_type_0:
                    turns_type_0_item = ConversationTurn.from_dict(
                        turns_type_0_item_data
                    )

                    turns_type_0.append(turns_type_0_item)

                return turns_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[ConversationTurn] | None | Unset", data)

        turns = _parse_turns(d.pop("turns", UNSET))

        def _parse_metrics(data: object) -> ConversationMetrics | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metrics_type_0 = ConversationMetrics.from_dict(data)

                return metrics_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("ConversationMetrics | None | Unset", data)

        metrics = _parse_metrics(d.pop("metrics", UNSET))

        def _parse_function_events(
            data: object,
        ) -> ConversationFunctionEvents | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                function_events_type_0 = ConversationFunctionEvents.from_dict(data)

                return function_events_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("ConversationFunctionEvents | None | Unset", data)

        function_events = _parse_function_events(d.pop("functionEvents", UNSET))

        conversation_detail_response = cls(
            conversation_id=conversation_id,
            account_id=account_id,
            project_id=project_id,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
            channel=channel,
            from_number=from_number,
            to_number=to_number,
            language=language,
            variant_id=variant_id,
            client_env=client_env,
            total_duration=total_duration,
            polyai_duration=polyai_duration,
            duration=duration,
            in_progress=in_progress,
            handoff=handoff,
            handoff_destination=handoff_destination,
            handoff_reason=handoff_reason,
            direction=direction,
            tags=tags,
            poly_score=poly_score,
            short_summary=short_summary,
            deployment_id=deployment_id,
            note=note,
            audio_url=audio_url,
            turns=turns,
            metrics=metrics,
            function_events=function_events,
        )

        conversation_detail_response.additional_properties = d
        return conversation_detail_response

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConversationSummaryResponse")


@_attrs_define
class ConversationSummaryResponse:
    """A conversation as it appears in the list, without its transcript. The reference does not show
    the fields of a row; these are from the vendor's later description and from the recorded rows.
    There, `shortSummary`, `language`, `variantId`, `deploymentId`, `polyScore` and `audioUrl` were
    null, although both calls had ended.
    """

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
    """ Length of the whole call in seconds. It may be less than `finishedAt` minus `startedAt`:
    4 was recorded for a span of 7 s.
     """

    polyai_duration: int | None | Unset = UNSET
    """ Length of the part of the call that the agent handled, in seconds. """

    duration: int | None | Unset = UNSET
    """ Length of the conversation in seconds. How it differs from `totalDuration` is not
    documented; in the three recorded conversations, all durations were equal.
     """

    in_progress: bool | None | Unset = UNSET
    """ Whether the conversation is still in progress. Until it ends, its values may change and
    turns may be missing. Whether it already has a recording is not documented.
     """

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
    """ URI reference of the recording; empty if there is none. In the list it may be empty
    although there is a recording: it was null in both recorded rows, which were calls that had
    ended, and filled in the recorded full record. Ask `getConversationAudio`, or the full
    record. A relative reference was recorded, such as `conversations/KA-123/audio`: its base
    is the agent's address with a trailing slash,
    `https://api.{region}.poly.ai/v1/agents/{agentId}/`. Whether it can also be absolute is not
    documented. Send the key only to the API's host, or use `getConversationAudio`.
     """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict["conversationId"] = self.conversation_id
        field_dict["accountId"] = self.account_id
        field_dict["projectId"] = self.project_id
        if not isinstance(self.created_at, Unset):
            field_dict["createdAt"] = self.created_at
        if not isinstance(self.started_at, Unset):
            field_dict["startedAt"] = self.started_at
        if not isinstance(self.finished_at, Unset):
            field_dict["finishedAt"] = self.finished_at
        if not isinstance(self.channel, Unset):
            field_dict["channel"] = self.channel
        if not isinstance(self.from_number, Unset):
            field_dict["fromNumber"] = self.from_number
        if not isinstance(self.to_number, Unset):
            field_dict["toNumber"] = self.to_number
        if not isinstance(self.language, Unset):
            field_dict["language"] = self.language
        if not isinstance(self.variant_id, Unset):
            field_dict["variantId"] = self.variant_id
        if not isinstance(self.client_env, Unset):
            field_dict["clientEnv"] = self.client_env
        if not isinstance(self.total_duration, Unset):
            field_dict["totalDuration"] = self.total_duration
        if not isinstance(self.polyai_duration, Unset):
            field_dict["polyaiDuration"] = self.polyai_duration
        if not isinstance(self.duration, Unset):
            field_dict["duration"] = self.duration
        if not isinstance(self.in_progress, Unset):
            field_dict["inProgress"] = self.in_progress
        if not isinstance(self.handoff, Unset):
            field_dict["handoff"] = self.handoff
        if not isinstance(self.handoff_destination, Unset):
            field_dict["handoffDestination"] = self.handoff_destination
        if not isinstance(self.handoff_reason, Unset):
            field_dict["handoffReason"] = self.handoff_reason
        if not isinstance(self.direction, Unset):
            field_dict["direction"] = self.direction
        if not isinstance(self.tags, Unset):
            field_dict["tags"] = self.tags
        if not isinstance(self.poly_score, Unset):
            field_dict["polyScore"] = self.poly_score
        short_summary: dict[str, Any] | None | str | Unset
        if isinstance(self.short_summary, Unset):
            short_summary = UNSET
        elif isinstance(self.short_summary, ConversationShortSummary):
            short_summary = self.short_summary.to_dict()
        else:
            short_summary = self.short_summary

        if not isinstance(short_summary, Unset):
            field_dict["shortSummary"] = short_summary
        if not isinstance(self.deployment_id, Unset):
            field_dict["deploymentId"] = self.deployment_id
        if not isinstance(self.note, Unset):
            field_dict["note"] = self.note
        if not isinstance(self.audio_url, Unset):
            field_dict["audioUrl"] = self.audio_url
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("conversationId"),
            d.pop("accountId"),
            d.pop("projectId"),
            d.pop("createdAt", UNSET),
            d.pop("startedAt", UNSET),
            d.pop("finishedAt", UNSET),
            d.pop("channel", UNSET),
            d.pop("fromNumber", UNSET),
            d.pop("toNumber", UNSET),
            d.pop("language", UNSET),
            d.pop("variantId", UNSET),
            d.pop("clientEnv", UNSET),
            d.pop("totalDuration", UNSET),
            d.pop("polyaiDuration", UNSET),
            d.pop("duration", UNSET),
            d.pop("inProgress", UNSET),
            d.pop("handoff", UNSET),
            d.pop("handoffDestination", UNSET),
            d.pop("handoffReason", UNSET),
            d.pop("direction", UNSET),
            d.pop("tags", UNSET),
            d.pop("polyScore", UNSET),
            _parse_short_summary(d.pop("shortSummary", UNSET)),
            d.pop("deploymentId", UNSET),
            d.pop("note", UNSET),
            d.pop("audioUrl", UNSET),
        )
        model.additional_properties = d
        return model

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties)

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

    __iter__ = None  # otherwise Python would iterate by calling __getitem__ with 0


def _parse_short_summary(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            short_summary_type_1 = ConversationShortSummary.from_dict(data)

            return short_summary_type_1
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.conversation_short_summary import ConversationShortSummary

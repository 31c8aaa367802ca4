"""The names of recordings and transcripts: the usual ids as they are, and distinct for all ids."""

from __future__ import annotations

import string
import unicodedata
from typing import Final

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from polyai_conversations._audio.filenames import recording_filenames, safe_filename
from polyai_conversations.sandbox import Sandbox

SLUG: Final = string.ascii_lowercase + string.digits + "-_"
RESERVED_ON_WINDOWS: Final = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}
LONGEST_SUFFIX: Final = ".agent.redacted.wav"
LONGEST_TEMPORARY: Final = f".{LONGEST_SUFFIX}.part.json"

hexadecimal = st.text("0123456789abcdef", min_size=1, max_size=40)
platform_ids = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["CA", "KA"]), hexadecimal.map(lambda x: f"{x}7")),
    st.from_regex(r"\A(CA|KA)[0-9a-f]{32}\Z"),
    st.from_regex(r"\AKA-[0-9]{1,9}\Z").filter(str.isascii),
    st.uuids().map("LOCAL-{}".format),
)
slugs = st.text(SLUG, min_size=1, max_size=99).filter(
    lambda slug: not slug.startswith(("ca", "ka"))
)


@given(platform_ids)
@example("CA08c35bbdfad6a9ad5d0caad09e3779b1")
@example("KA-123")
@example("LOCAL-5a4db0c5-08c3-4bbd-8ad6-ad5d0caad09e")
def test_ids_that_polyai_makes_are_unchanged(conversation_id: str) -> None:
    assert safe_filename(conversation_id) == conversation_id


@given(slugs)
@example("call-17_b")
@example("cafe")
@example("ca-fe")
@example("kafka-2")
@example("local-7")
def test_slugs_are_unchanged(conversation_id: str) -> None:
    assume(conversation_id not in RESERVED_ON_WINDOWS)
    assume(not conversation_id.startswith("local-"))
    assert safe_filename(conversation_id) == conversation_id


def test_ids_of_the_sandbox_are_unchanged() -> None:
    with Sandbox(conversations=300, seed=7) as sandbox:
        ids = [row["conversationId"] for row in sandbox.store.page(300, 0)]
    assert {conversation_id[:2] for conversation_id in ids} == {"CA", "KA", "LO"}
    assert [safe_filename(conversation_id) for conversation_id in ids] == ids


STEMS = {
    "cafe01": "cafe01~0",
    "CAFE01": "CAFE01~f",
    "CAfe": "CAfe~3",
    "ka-7": "ka-7~0",
    "CA08C35BBD": "CA08C35BBD~393",
    "\N{KELVIN SIGN}A-7": "%E2%84%AAA-7~2",
    "LOCAL-7": "LOCAL-7~1f",
    "../../etc/passwd": "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
    "CA1/../2": "CA1%2F%2E%2E%2F2~3",
    "a b": "a%20b",
    "nul": "%6Eul",
    "COM7": "%43OM7~7",
    "é": "%C3%A9",
    "É": "%C3%89",
    "a.user": "a%2Euser",
    "a~3": "a%7E3",
    "CA1\n": "CA1%0A~3",
}


@pytest.mark.parametrize(("conversation_id", "stem"), STEMS.items())
def test_other_ids_are_escaped(conversation_id: str, stem: str) -> None:
    assert safe_filename(conversation_id) == stem


any_id = st.text(min_size=1, max_size=300)
similar_id = st.text("aA~%.bB2", min_size=1, max_size=6)
case_variant = st.sampled_from(
    ["CA0fe1", "KA-12", "cafe", "local-5a4db0c5-08c3-4bbd-8ad6-ad5d0caad09e", "nul", "a~0", "ca1~0"]
).flatmap(
    lambda text: st.tuples(
        *(st.sampled_from(sorted({letter.lower(), letter.upper()})) for letter in text)
    ).map("".join)
)
pairs = st.one_of(
    *(st.tuples(ids, ids) for ids in (any_id, similar_id, case_variant)),
    st.tuples(platform_ids, platform_ids.map(str.lower)),
    st.tuples(any_id, any_id.map(safe_filename)),
    st.tuples(case_variant, case_variant.map(safe_filename)),
)


@given(pairs)
def test_two_ids_never_share_a_file_even_if_the_file_system_ignores_case(
    ids: tuple[str, str],
) -> None:
    first, second = (set(map(str.casefold, recording_filenames(each))) for each in ids)
    assert len(first) == len(second) == len(set(recording_filenames("id")))
    assert first == second if ids[0] == ids[1] else first.isdisjoint(second)


@given(any_id)
def test_names_are_accepted_by_every_file_system(conversation_id: str) -> None:
    stem = safe_filename(conversation_id)
    assert set(stem) <= {*string.ascii_letters, *string.digits, *"-_%~"}
    assert unicodedata.normalize("NFD", stem) == stem
    assert len(stem + LONGEST_TEMPORARY) <= 255
    assert stem.lower() not in RESERVED_ON_WINDOWS

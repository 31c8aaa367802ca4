"""Sphinx directives whose content comes from the code, so that it cannot go out of date."""

from __future__ import annotations

import inspect
import logging
import re
import ssl
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from sphinx.util.docutils import SphinxDirective

from polyai_conversations import errors
from polyai_conversations._http.retry import RetryBudget, RetryPolicy
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from docutils import nodes
    from sphinx.application import Sphinx

ROOT: Final = Path(__file__).parent.parent
_CODE: Final = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_DIRECTIVE: Final = re.compile(r"^```\{([\w-]+)\}(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_STATUSES: Final = (400, 401, 403, 404, 405, 408, 409, 410, 412, 415, 422, 429)
_CREATED_BY_USERS: Final = (
    *("AsyncConversationsClient", "ConversationsClient", "Sandbox"),
    *("ConversationFilter", "CursorPaging", "OffsetPaging", "RetryPolicy"),
)
"""The classes whose constructors users call; the others are what calls return."""
_SERVER_STATUSES: Final = (500, 501, 502, 503, 504)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def error_table() -> str:
    """Return every error class with the first sentence of its docstring, as a tree."""
    return table(("class", "raised when"), _error_rows(errors.ConversationsError, 0))


def _error_rows(kind: type[Exception], depth: int) -> Iterable[tuple[str, str]]:
    summary = (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    # Spaces that do not break keep the name beside its arrow.
    indentation = "&nbsp;" * 3 * (depth - 1) + "↳&nbsp;" if depth else ""
    yield f"{indentation}`{kind.__name__}`", " ".join(summary.split())
    for child in kind.__subclasses__():
        yield from _error_rows(child, depth + 1)


def retry_table() -> str:
    """Return which statuses are retried, as the code decides it."""
    import httpx

    def answer(status: int, *, idempotent: bool) -> str:
        budget = RetryBudget(RetryPolicy(), idempotent=idempotent)
        return "no" if budget.delay_after_status(httpx.Response(status)) is None else "retried"

    def failure(error: Exception, *, idempotent: bool) -> str:
        budget = RetryBudget(RetryPolicy(), idempotent=idempotent)
        return "no" if budget.delay_after_failure(error) is None else "retried"

    rows = [
        (
            f"{status} {httpx.codes.get_reason_phrase(status)}",
            answer(status, idempotent=True),
            answer(status, idempotent=False),
        )
        for status in (*_STATUSES, *_SERVER_STATUSES)
    ]
    rows += [
        (text, failure(error, idempotent=True), failure(error, idempotent=False))
        for text, error in _failures()
    ]
    return table(("failure", "reads and notes", "annotations"), rows)


def _failures() -> Iterable[tuple[str, Exception]]:
    """Return kinds of failed requests, each with an error that httpx raises for it."""
    import httpx

    untrusted = httpx.ConnectError("")
    untrusted.__cause__ = ssl.SSLCertVerificationError()
    return (
        ("no connection could be made", httpx.ConnectError("")),
        ("connecting took too long", httpx.ConnectTimeout("")),
        ("the connection broke off", httpx.ReadError("")),
        ("the response is not HTTP, or was cut off", httpx.RemoteProtocolError("")),
        ("the response did not arrive in time", httpx.ReadTimeout("")),
        ("the server's certificate is not valid", untrusted),
    )


def column_table() -> str:
    """Return the columns of every table of an export."""
    from polyai_conversations._export.tables import SCHEMAS

    parts = []
    for name, schema in SCHEMAS.items():
        rows = [(f"`{field.name}`", f"`{field.type}`") for field in schema]
        parts.append(f"**{name}.parquet**\n\n{table(('column', 'type'), rows)}")
    return "\n\n".join(parts)


def fault_table() -> str:
    """Return how the client answers each kind of misbehaviour of a server, as the tests expect."""
    sys.path.insert(0, str(ROOT / "tests"))
    from fault_kinds import FAULTS  # type: ignore[import-not-found]

    def answer(outcome: type[Exception] | None) -> str:
        return "success" if outcome is None else f"`{outcome.__name__}`"

    rows = [
        (
            f"{fault.group}: {fault.name}",
            answer(fault.expected.json),
            answer(fault.expected.audio),
            "yes" if fault.expected.requests > 1 else "no",
        )
        for fault in FAULTS
    ]
    return table(("what the server does", "JSON", "recordings", "retried"), rows)


def query_result(query: str) -> str:
    """Run a query over an export of the sandbox; return the query and its result."""
    import duckdb

    from polyai_conversations import ConversationsClient
    from polyai_conversations.export import export

    # A dependency of the theme makes the root logger print every request of the export.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(conversations=200, seed=7) as sandbox,
        ConversationsClient(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
        ) as client,
    ):
        export(client, folder, details=True, format="parquet")
        result = duckdb.sql(query.replace("calls/", f"{folder}/"))
        assert result is not None, "the query returns no rows"
        rows = [tuple(map(str, row)) for row in result.fetchall()]
        return f"```sql\n{query}\n```\n\n{table(tuple(result.columns), rows)}"


class GeneratedTable(SphinxDirective):
    """A table that a function of this module makes."""

    required_arguments = 1
    makers: Final[dict[str, Callable[[], str]]] = {
        "columns": column_table,
        "errors": error_table,
        "faults": fault_table,
        "retries": retry_table,
    }

    def run(self) -> list[nodes.Node]:
        """Parse the table."""
        return self.parse_text_to_nodes(self.makers[self.arguments[0]]())


class QueryResult(SphinxDirective):
    """A query in SQL, with its result."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Run the query, and parse its result."""
        return self.parse_text_to_nodes(query_result("\n".join(self.content)))


def write_llms_txt(app: Sphinx, error: Exception | None) -> None:
    """Write llms.txt, which describes the pages, and llms-full.txt, which contains them."""
    if error is not None:
        return
    pages = {name: readable(Path(app.env.doc2path(name))) for name in reading_order(app)}
    links = [
        f"- [{app.env.titles[name].astext()}]({name}.html): {first_sentence(text)}"
        for name, text in pages.items()
        if name != app.config.root_doc
    ]
    contract = "- [The contract](contract/openapi.json): the OpenAPI 3.1 document, with samples."
    summary = "A Python client for PolyAI's Conversations API: transcripts, scores, recordings."
    head = f"# {app.config.project}\n\n> {summary}\n\n## Pages\n\n"
    out = Path(app.outdir)
    (out / "llms.txt").write_text(head + "\n".join([*links, contract]) + "\n", encoding="utf-8")
    (out / "llms-full.txt").write_text("\n\n".join(pages.values()) + "\n", encoding="utf-8")


def reading_order(app: Sphinx) -> list[str]:
    """Return the names of the pages in the order of the table of contents."""
    listed = app.env.toctree_includes.get(app.config.root_doc, [])
    return [app.config.root_doc, *listed]


def first_sentence(text: str) -> str:
    """Return the first sentence of a page, without links and line breaks."""
    paragraphs = (part.strip() for part in text.split("\n\n"))
    first = next(part for part in paragraphs if part[:1].isalpha() or part[:1] == "`")
    plain = _LINK.sub(r"\1", " ".join(first.split()))
    return re.split(r"(?<=[.:])\s", plain)[0].rstrip(".:") + "."


def readable(page: Path) -> str:
    """Return the source of a page, with the content of its directives in their place."""

    def content(match: re.Match[str]) -> str:
        name, argument, body = match.groups()
        if name == "generated-table":
            return GeneratedTable.makers[argument.strip()]()
        if name == "include":
            return readable(page.parent / argument.strip())
        if name == "code-block":
            return f"```{argument.strip()}\n{body}```"
        return body.strip() if name == "query-result" else ""

    text = _DIRECTIVE.sub(content, page.read_text(encoding="utf-8"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def markdown_to_rst(
    _app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]
) -> None:
    """Translate the Markdown of docstrings: code in backticks, and fenced blocks."""
    translated: list[str] = []
    in_block = False
    for line in lines:
        text = line.strip()
        if text.startswith("```"):
            in_block = not in_block
            indent = line[: len(line) - len(line.lstrip())]
            translated += [f"{indent}.. code-block:: {text[3:]}", ""] if in_block else [""]
        elif in_block:
            translated.append(f"    {line}")
        else:
            translated.append(_CODE.sub(r"``\1``", line))
    lines[:] = translated


def class_signature(
    _app: Sphinx,
    what: str,
    _name: str,
    documented: object,
    _options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Show the defaults of classes that attrs wrote, and no constructor that users do not call."""
    if what != "class" or not isinstance(documented, type) or not signature:
        return signature, returned
    if documented.__name__ not in _CREATED_BY_USERS:
        return "", returned
    if not attrs.has(documented):
        return signature, returned
    arguments = [_argument(field) for field in attrs.fields(documented) if field.init]
    return f"(*, {', '.join(arguments)})", returned


def _argument(field: attrs.Attribute[Any]) -> str:
    """Return an argument of a class, with its default."""
    if field.default is attrs.NOTHING:
        return field.name
    default = field.default
    return f"{field.name}={default.__name__ if inspect.isroutine(default) else repr(default)}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("generated-table", GeneratedTable)
    app.add_directive("query-result", QueryResult)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", markdown_to_rst)
    app.connect("autodoc-process-signature", class_signature)
    app.connect("build-finished", write_llms_txt)
    return {"parallel_read_safe": False}

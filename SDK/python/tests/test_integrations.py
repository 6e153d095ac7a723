"""The pages of docs/integrations run as they stand there, against a real server, and it counts what they say."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import requests
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from conftest import FULL
from support.oliver import ROOT, Oliver
from support.providers import Providers

PAGES = ROOT / "docs/integrations"
M = Decimal("0.000001")
CHAT = 400 * Decimal("0.15") * M + 800 * Decimal("0.075") * M + 300 * Decimal("0.6") * M
UNCACHED = 1200 * Decimal("0.15") * M + 300 * Decimal("0.6") * M
CLAUDE = (100 * 3 + 3000 * Decimal("0.3") + 1000 * Decimal("3.75") + 500 * 6 + 200 * 15) * M
RAW_CLAUDE = (50 * 3 + 1800 * Decimal("0.3") + 100 * Decimal("3.75") + 300 * 6 + 300 * 15) * M
# The page, its project, and what its events cost.
SHOWN: dict[str, tuple[str, list[Decimal]]] = {
    "opentelemetry": ("otel-quickstart", [CHAT, CLAUDE]),
    "raw-usage": ("raw-quickstart", [RAW_CLAUDE]),
    "cloudevents": ("cloudevents-quickstart", [CHAT, 9 * Decimal("0.15") * M + 9 * Decimal("0.6") * M]),
    "import": ("import-quickstart", [UNCACHED, UNCACHED / 2, UNCACHED, CHAT]),
}


def script(page: str, folder: Path) -> str:
    """A page's blocks as one script; those in Python are files that it runs."""
    lines = ["set -eu"]
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    for number, (language, code) in enumerate(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)):
        assert language in ("sh", "python"), f"nothing runs a block of {language}"
        if language == "python":
            (folder / f"block{number}.py").write_text(code, encoding="utf-8")
        lines.append(code if language == "sh" else f"{sys.executable} block{number}.py")
    return "\n".join(lines)


def environment(oliver: Oliver, providers: Providers, key: str) -> dict[str, str]:
    return {
        **os.environ, "PATH": f"{oliver.program.parent}:{os.environ['PATH']}", "OLIVER_URL": oliver.url, "OLIVER_API_KEY": key,
        "OPENAI_BASE_URL": providers.url + "/v1", "OPENAI_API_KEY": "k", "ANTHROPIC_BASE_URL": providers.url, "ANTHROPIC_API_KEY": "k",
    }  # fmt: skip


def run(script: str, folder: Path, variables: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=variables, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_page_is_run() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*SHOWN, "README"}


@pytest.mark.real
@pytest.mark.parametrize("page", SHOWN)
def test_a_page_runs_and_is_counted(page: str, oliver: Oliver, providers: Providers, tmp_path: Path) -> None:
    key = oliver.admin_key if page == "import" else oliver.key
    run(script(page, tmp_path), tmp_path, environment(oliver, providers, key))
    project, costs = SHOWN[page]
    reach: dict[str, str] = {"from": "2021-03-01T00:00:00Z", "to": "2021-04-01T00:00:00Z"} if page == "import" else {}
    found = oliver.usage(project, len(costs), **reach)
    assert sorted(Decimal(event["cost_usd"]) for event in found) == sorted(costs)


@pytest.mark.real
def test_the_overview_says_how_to_begin(oliver: Oliver, providers: Providers, tmp_path: Path) -> None:
    run(script("README", tmp_path), tmp_path, environment(oliver, providers, oliver.key))


SPANS = """
import sys
from anthropic import Anthropic, BadRequestError
from openai import BadRequestError as OpenAIRefusal
from openai import OpenAI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

processor = {"batch": BatchSpanProcessor, "simple": SimpleSpanProcessor}[sys.argv[1]]
provider = TracerProvider()
provider.add_span_processor(processor(OTLPSpanExporter(compression=Compression.Gzip)))
trace.set_tracer_provider(provider)
OpenAIInstrumentor().instrument()
AnthropicInstrumentor().instrument()

ask = [{"role": "user", "content": "Hello"}]
chat = OpenAI(max_retries=0).chat.completions.create
with trace.get_tracer("app").start_as_current_span("a span of no call"):
    chat(model="gpt-4o-mini", messages=ask)
list(chat(model="gpt-4o-mini", messages=ask, stream=True, stream_options={"include_usage": True}))
list(chat(model="gpt-4o-mini", messages=ask, stream=True))
OpenAI().embeddings.create(model="text-embedding-3-small", input="hello")
claude = Anthropic(max_retries=0).messages.create
claude(model="claude-sonnet-4-5", max_tokens=99, messages=ask)
for call, refusal in ((chat, OpenAIRefusal), (claude, BadRequestError)):
    try:
        call(model="fails", messages=ask, max_tokens=99)
    except refusal:
        pass
provider.shutdown()
"""


@pytest.mark.real
@pytest.mark.parametrize("processor", ["batch", "simple"])
def test_real_instrumentations_and_exporters(
    processor: str, oliver: Oliver, providers: Providers, project: str, tmp_path: Path
) -> None:
    variables = environment(oliver, providers, oliver.key) | {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": oliver.url + "/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"authorization=Bearer%20{oliver.key}",
        "OTEL_SERVICE_NAME": project,
    }
    (tmp_path / "spans.py").write_text(SPANS, encoding="utf-8")
    said = run(f"{sys.executable} spans.py {processor} 2>&1", tmp_path, variables)
    assert "Failed" not in said and "rejected" not in said, said
    events = oliver.usage(project, 8)
    assert len(events) == 8

    def costs(model: str, **fields: Any) -> list[Any]:
        chosen = [e for e in events if e["model"].startswith(model) and all(e.get(k) == v for k, v in fields.items())]
        return [each["cost_usd"] and Decimal(each["cost_usd"]) for each in chosen]

    # Two chats told what they used; the third was streamed without, and has no price.
    chats = costs("gpt-4o-mini", status="ok")
    assert sorted(chats, key=str) == sorted([CHAT, CHAT, None], key=str)
    assert costs("text-embedding-3-small") == [1000 * Decimal("0.02") * M]
    # The call to Claude is told of twice where Anthropic's own package has a span; it is one event, with both lifetimes.
    assert costs("claude-sonnet-4-5") == [CLAUDE]
    # A refused call has no answer with an id: who tells of it twice cannot be found out, and it costs nothing.
    assert costs("fails", status="error") == [None] * 3


class Exporting:
    """The real exporter, what it was answered, and what it said."""

    def __init__(self, oliver: Oliver, key: str, **headers: str) -> None:
        self.answers: list[requests.Response] = []
        self.on_answer: Callable[[requests.Response], None] = lambda _: None
        session = requests.Session()
        session.hooks["response"].append(self._note)
        headers["authorization"] = f"Bearer {key}"
        self.exporter = OTLPSpanExporter(oliver.url + "/v1/traces", headers=headers, session=session)

    def _note(self, answer: requests.Response, *_: object, **__: object) -> None:
        self.answers.append(answer)
        self.on_answer(answer)

    def export(self, project: str) -> SpanExportResult:
        """Exports a span of one call."""
        ended: list[ReadableSpan] = []
        provider = TracerProvider(resource=Resource({"service.name": project}))
        provider.add_span_processor(SimpleSpanProcessor(Mock(export=ended.extend)))
        with provider.get_tracer("test").start_as_current_span("chat") as span:
            span.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-4o-mini",
                    "gen_ai.usage.input_tokens": 1200,
                    "gen_ai.usage.output_tokens": 300,
                }
            )
        return self.exporter.export(ended)


def told(answer: requests.Response) -> Status:
    """The error, which is in the encoding that the exporter speaks."""
    assert answer.headers["content-type"] == "application/x-protobuf"
    return Status.FromString(answer.content)


@pytest.mark.real
def test_an_exporter_sends_again_what_could_not_be_taken(
    oliver: Oliver, project: str, caplog: pytest.LogCaptureFixture
) -> None:
    exporting = Exporting(oliver, oliver.key)
    exporting.on_answer = lambda _: oliver.redis("ACL", "SETUSER", "default", "+fcall")
    oliver.redis("ACL", "SETUSER", "default", "-fcall")
    try:
        assert exporting.export(project) is SpanExportResult.SUCCESS
    finally:
        oliver.redis("ACL", "SETUSER", "default", "+fcall")
    first, second = exporting.answers
    assert (first.status_code, first.headers["retry-after"]) == (503, "1")
    assert told(first).code == 14 and "Send the same events again" in told(first).message
    assert (second.status_code, second.content) == (200, b"")
    assert "retrying in 1.00s" in caplog.text
    assert len(oliver.usage(project, 1)) == 1


@pytest.mark.real
@pytest.mark.parametrize(("is_known", "headers", "code"), [(True, {"content-encoding": "gzip"}, 3), (False, {}, 16)])
def test_an_exporter_gives_up_on_what_is_wrong(
    is_known: bool, headers: dict[str, str], code: int, oliver: Oliver, project: str
) -> None:
    exporting = Exporting(oliver, oliver.key if is_known else "olv_unknown", **headers)
    assert exporting.export(project) is SpanExportResult.FAILURE
    (answer,) = exporting.answers
    assert answer.status_code == (400 if is_known else 401) and "retry-after" not in answer.headers
    status = told(answer)
    assert status.code == code and status.message
    if is_known:
        wrong = BadRequest()
        assert status.details[0].Unpack(wrong) and "gzip" in wrong.field_violations[0].description


def most_memory(command: list[str | Path], variables: dict[str, str], folder: Path) -> int:
    """Runs a command that succeeds; the most memory that it had, in MiB."""
    process = subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss // 1024


@pytest.mark.real
@pytest.mark.parametrize("kind", ["csv", "jsonl.gz"])
def test_an_import_holds_little_of_a_file_in_memory(
    kind: str, oliver: Oliver, providers: Providers, tmp_path: Path
) -> None:
    """A dry run of rows with much in them that Oliver does not read, as exports with prompts are."""
    prompt = "what was asked " * 600
    memory = {}
    for rows in (10, 23_000 if FULL else 2_500):
        file = tmp_path / f"usage-{rows}.{kind}"
        with gzip.open(file, "wt", compresslevel=1) if kind.endswith("gz") else file.open("w") as out:
            if kind == "csv":
                out.write("event_id,occurred_at,provider,model,input_tokens,prompt\n")
            for row in range(rows):
                event = {
                    "event_id": f"e{row}",
                    "occurred_at": "2021-03-01T00:00:00Z",
                    "provider": "openai",
                    "model": "gpt-4o",
                }
                if kind == "csv":
                    out.write(",".join(event.values()) + f",{row},{prompt}\n")
                else:
                    out.write(json.dumps({**event, "input_tokens": row, "prompt": prompt}) + "\n")
        command: list[str | Path] = [oliver.program, "import", file, "--workspace", "default", "--dry-run"]
        if kind == "csv":
            command += ["--ignore", "prompt"]
        else:
            names = [*event, "input_tokens"]
            mapping = {name: "usage.input_tokens" if name == "input_tokens" else name for name in names}
            (tmp_path / "mapping.json").write_text(json.dumps({"columns": mapping}), encoding="utf-8")
            command += ["--mapping", "mapping.json"]
        memory[rows] = most_memory(command, environment(oliver, providers, oliver.admin_key), tmp_path)
    small, large = memory.values()
    print(f"{rows} rows of {len(prompt)} bytes took {large} MiB of memory, 10 took {small} MiB")
    # The file has 9 KiB for each row: 22 MiB, in full 200.
    assert large - small < 16, memory

"""Small servers that speak the wire formats of OpenAI, Anthropic, Google and ElevenLabs."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT_USAGE = {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500, "prompt_tokens_details": {"cached_tokens": 800, "audio_tokens": 0},
              "completion_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
RESPONSE_USAGE = {"input_tokens": 1200, "input_tokens_details": {"cached_tokens": 800, "cache_write_tokens": 0}, "output_tokens": 300,
                  "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1500}  # fmt: skip
CLAUDE_USAGE = {"input_tokens": 100, "output_tokens": 1, "cache_read_input_tokens": 3000, "cache_creation_input_tokens": 1500,
                "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500}, "service_tier": "standard"}  # fmt: skip
GEMINI_USAGE = {
    "promptTokenCount": 1000,
    "candidatesTokenCount": 200,
    "thoughtsTokenCount": 300,
    "totalTokenCount": 1500,
}
IMAGE_USAGE = {
    "input_tokens": 50,
    "output_tokens": 4160,
    "total_tokens": 4210,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 50},
}


def sse(events: list[Any], named: bool = False) -> Iterator[bytes]:
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        yield f"{name}data: {json.dumps(event)}\n\n".encode()


class Providers:
    """One server for all; a model named `fails` answers 400, one named `breaks` breaks off its stream."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        # Real providers never give an id twice, and neither do two of these servers.
        self.numbers = itertools.count(random.randrange(2**48) << 16)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                body = (
                    json.loads(raw)
                    if self.headers.get("content-type", "").startswith("application/json")
                    else {"raw": len(raw)}
                )
                owner.requests.append((self.path, body))
                owner.answer(self, self.path.split("?")[0], body)

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, address: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, to: BaseHTTPRequestHandler, path: str, body: Any) -> None:
        model = str(body.get("model", path))
        if "fails" in model:
            return self.send(
                to,
                400,
                {
                    "error": {
                        "type": "invalid_request_error",
                        "message": "no",
                        "code": 400,
                        "status": "INVALID_ARGUMENT",
                    }
                },
            )
        routes = {
            "/v1/chat/completions": self.chat, "/v1/responses": self.responses, "/v1/embeddings": self.embeddings, "/v1/images/generations": self.images,
            "/v1/audio/speech": self.sound, "/v1/audio/transcriptions": self.transcript, "/v1/messages": self.messages, "/v1/speech-to-text": self.scribe,
        }  # fmt: skip
        if path in routes:
            return routes[path](to, body)
        if path.startswith("/v1/text-to-speech/"):
            return self.sound(to, body)
        return self.gemini(to, path, body)

    def send(self, to: BaseHTTPRequestHandler, status: int, body: Any, kind: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        to.send_response(status)
        to.send_header("content-type", kind)
        to.send_header("content-length", str(len(data)))
        to.end_headers()
        to.wfile.write(data)

    def stream(self, to: BaseHTTPRequestHandler, parts: Iterator[bytes], breaks: bool = False) -> None:
        to.send_response(200)
        to.send_header("content-type", "text/event-stream")
        to.send_header("transfer-encoding", "chunked")
        to.end_headers()
        for number, part in enumerate(parts):
            if breaks and number == 2:
                to.close_connection = True
                return
            to.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            to.wfile.flush()
        to.wfile.write(b"0\r\n\r\n")

    def chat(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        base = {"id": f"chatcmpl-{next(self.numbers)}", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
        if not body.get("stream"):
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello there"}}
            return self.send(to, 200, {**base, "object": "chat.completion", "choices": [choice], "usage": CHAT_USAGE})
        chunks: list[Any] = [
            {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}]}
            for word in ("Hello", " there", " my", " friend")
        ]  # fmt: skip
        chunks.append(
            {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        )
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({**base, "object": "chat.completion.chunk", "choices": [], "usage": CHAT_USAGE})

        def parts() -> Iterator[bytes]:
            yield from sse(chunks)
            yield b"data: [DONE]\n\n"

        return self.stream(to, parts(), "breaks" in body["model"])

    def responses(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hello there", "annotations": []}],
        }
        whole = {"id": f"resp_{next(self.numbers)}", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-4o-mini-2024-07-18", "output": [message],
                 "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": RESPONSE_USAGE}  # fmt: skip
        if not body.get("stream"):
            return self.send(to, 200, whole)
        events: list[Any] = [
            {
                "type": "response.created",
                "sequence_number": 0,
                "response": {**whole, "status": "in_progress", "usage": None, "output": []},
            }
        ]
        events.append(
            {
                "type": "response.output_item.added",
                "sequence_number": 1,
                "output_index": 0,
                "item": {**message, "status": "in_progress", "content": []},
            }
        )
        events.append(
            {
                "type": "response.content_part.added",
                "sequence_number": 2,
                "output_index": 0,
                "content_index": 0,
                "item_id": "msg_1",
                "part": {"type": "output_text", "text": "", "annotations": []},
            }
        )
        events.append(
            {
                "type": "response.output_text.delta",
                "sequence_number": 3,
                "output_index": 0,
                "content_index": 0,
                "item_id": "msg_1",
                "delta": "Hello there",
                "logprobs": [],
            }
        )
        events.append({"type": "response.completed", "sequence_number": 4, "response": whole})
        return self.stream(to, sse(events, named=True))

    def embeddings(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        self.send(
            to,
            200,
            {
                "object": "list",
                "model": body["model"],
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
                "usage": {"prompt_tokens": 1000, "total_tokens": 1000},
            },
        )

    def images(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        if body.get("stream"):
            done = {
                "type": "image_generation.completed",
                "b64_json": "aGk=",
                "created_at": 1,
                "size": "1024x1024",
                "quality": "high",
                "background": "auto",
                "output_format": "png",
                "usage": IMAGE_USAGE,
            }
            return self.stream(to, sse([done], named=True))
        return self.send(
            to,
            200,
            {
                "created": 1,
                "data": [{"b64_json": "aGk="}],
                "size": "1024x1024",
                "quality": "high",
                "usage": IMAGE_USAGE,
            },
        )

    def sound(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        self.send(to, 200, b"\xff\xf3" * 5000, "audio/mpeg")

    def transcript(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        self.send(to, 200, {"text": "Hello", "usage": {"type": "duration", "seconds": 9}})

    def scribe(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        self.send(
            to,
            200,
            {
                "language_code": "eng",
                "language_probability": 1.0,
                "text": "Hello",
                "words": [],
                "audio_duration_secs": 12.5,
            },
        )

    def messages(self, to: BaseHTTPRequestHandler, body: Any) -> None:
        whole = {"id": f"msg_{next(self.numbers)}", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": "Hello there"}],
                 "stop_reason": "end_turn", "stop_sequence": None, "usage": {**CLAUDE_USAGE, "output_tokens": 200}}  # fmt: skip
        if not body.get("stream"):
            return self.send(to, 200, whole)
        events: list[Any] = [
            {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": CLAUDE_USAGE}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in ("Hello", " there", " my", " friend")),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 200}},
            {"type": "message_stop"},
        ]  # fmt: skip
        return self.stream(to, sse(events, named=True), "breaks" in body["model"])

    def gemini(self, to: BaseHTTPRequestHandler, path: str, body: Any) -> None:
        def content(text: str, **more: Any) -> Any:
            return {
                "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **more}],
                "modelVersion": "gemini-2.5-flash",
            }

        if path.endswith(":generateContent"):
            return self.send(to, 200, {**content("Hello there", finishReason="STOP"), "usageMetadata": GEMINI_USAGE})
        if path.endswith(":streamGenerateContent"):
            early = {**GEMINI_USAGE, "candidatesTokenCount": 1}
            parts = [
                {**content("Hello"), "usageMetadata": early},
                content(" there"),
                {**content("!", finishReason="STOP"), "usageMetadata": GEMINI_USAGE},
            ]
            return self.stream(to, sse(parts))
        return self.send(to, 200, {"embeddings": [{"values": [0.5]}], "embedding": {"values": [0.5]}})

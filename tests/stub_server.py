"""A local server that answers as the Messages, Chat Completions, Responses and Embeddings APIs do.

Every answer tells 1,000 tokens of input and as many of output as ``max_tokens`` asked for. At
claude-sonnet-4-6, 3 and 15 USD per 1M, a call with max_tokens 100 costs 0.003 + 0.0015 = 0.0045.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "claude-sonnet-4-6"
INPUT = 1_000


class Stub(ThreadingHTTPServer):
    """``failing`` holds statuses to answer with first; ``asked`` the paths that were called."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failing: list[int] = []
        self.asked: list[str] = []
        self.queued: dict[str, Any] = {}
        #: leave a stream before its last events
        self.cut = False
        self.is_zipped = False
        #: send one event of a stream at a time
        self.is_slow = False
        #: seconds to wait before an answer
        self.delay = 0.0

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing where a client has left."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[Stub]:
    """Give a server that runs in the background."""
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        id = self.path.rsplit("/", 1)[1]
        self._json(self.server.queued.get(id, {"data": []}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        self.server.asked.append(self.path)
        time.sleep(self.server.delay)
        if self.server.failing:
            status = self.server.failing.pop(0)
            self._json({"type": "error", "error": {"type": "x", "message": "no"}}, status)
            return
        answer = {
            "messages": messages,
            "completions": completions,
            "responses": responses,
            "embeddings": embeddings,
        }.get(self.path.rsplit("/", 1)[1])
        if answer is None:
            self._json({"input_tokens": INPUT, "id": "x"})
        elif body.get("background"):
            whole, _ = responses(body)
            self.server.queued[whole["id"]] = whole
            self._json({**whole, "status": "queued", "usage": None, "output": []})
        else:
            whole, events = answer(body)
            if body.get("stream"):
                self._stream(events[:-2] if self.server.cut else events)
            else:
                self._json(whole)

    def _json(self, body: object, status: int = 200) -> None:
        self._send(json.dumps(body).encode(), "application/json", status)

    def _stream(self, events: list[tuple[str | None, Any]]) -> None:
        rows = []
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            rows.append(f"event: {name}\ndata: {text}\n\n" if name else f"data: {text}\n\n")
        self._send("".join(rows).encode(), "text/event-stream", 200)

    def _send(self, data: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        if self.server.is_zipped:
            data = gzip.compress(data)
            self.send_header("content-encoding", "gzip")
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.send_header("retry-after-ms", "1")
        self.end_headers()
        pieces = data.split(b"\n\n") if self.server.is_slow else [data]
        try:
            for number, piece in enumerate(pieces):
                if number:
                    time.sleep(0.02)
                self.wfile.write(piece if number == len(pieces) - 1 else piece + b"\n\n")
                self.wfile.flush()
        except OSError:
            self.close_connection = True  # the client has left


def messages(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    output = body["max_tokens"]
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": "Hi"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": INPUT, "output_tokens": output},
    }
    begun = {**whole, "content": [], "stop_reason": None}
    begun["usage"] = {"input_tokens": INPUT, "output_tokens": 1}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    block = {"type": "text", "text": ""}
    text = {"type": "text_delta", "text": "Hi"}
    events = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": text},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": output}},
        {"type": "message_stop"},
    ]
    return whole, [(event["type"], event) for event in events]


def completions(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    output = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    counts = {
        "prompt_tokens": INPUT,
        "completion_tokens": output,
        "total_tokens": INPUT + output,
    }
    base = {"id": "chatcmpl-1", "created": 1_795_176_000, "model": body["model"]}
    message = {"role": "assistant", "content": "Hi"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = {**base, "object": "chat.completion", "choices": [choice], "usage": counts}
    chunk = {**base, "object": "chat.completion.chunk", "usage": None}
    first = {"index": 0, "delta": message, "finish_reason": None}
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    events: list[Any] = [{**chunk, "choices": [first]}, {**chunk, "choices": [last]}]
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append({**chunk, "choices": [], "usage": counts})
    return whole, [(None, event) for event in [*events, "[DONE]"]]


def responses(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    output = body["max_output_tokens"]
    text = {"type": "output_text", "text": "Hi", "annotations": []}
    item = {
        "id": "item_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    whole = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_795_176_000,
        "model": body["model"],
        "status": "completed",
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": INPUT,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": INPUT + output,
        },
    }
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    part = {"item_id": "item_1", "output_index": 0, "content_index": 0, "logprobs": []}
    events = [
        {"type": "response.created", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "content": [], "status": "in_progress"},
        },
        {"type": "response.content_part.added", **part, "part": {**text, "text": ""}},
        {"type": "response.output_text.delta", **part, "delta": "Hi"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": whole},
    ]
    return whole, [(e["type"], {**e, "sequence_number": n}) for n, e in enumerate(events)]


def embeddings(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
    counts = {"prompt_tokens": INPUT, "total_tokens": INPUT}
    return {"object": "list", "data": [vector], "model": body["model"], "usage": counts}, []

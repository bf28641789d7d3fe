"""Requests of chat completions and Messages, changed at random: each gets an answer, or a refusal in the form of its wire.

`HOTLINE_MUTATIONS=50000` tries so many; `HOTLINE_MUTATIONS_FROM=N` begins with that seed."""

import copy
import http.client
import json
import os
import random

import pytest

from harness.processes import DEADLINE

COUNT, FIRST = int(os.environ.get("HOTLINE_MUTATIONS", "3000")), int(os.environ.get("HOTLINE_MUTATIONS_FROM", "0"))
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
#: Goose takes a 400 that holds one of these for a full context, and compacts (chat-completions 3).
FULL_CONTEXT = ("too long", "exceeds", "max_tokens", "context length", "token count", "input length", "context limit", "reduce the length")
VALUES = (
    None, True, False, 0, 1, -1, 1.5, 1e308, 2**63, 10**30, "", "x", "\0", "\U0001f600", "x" * 3000, "[[tools:2]]", [], {}, [[]], [{}],
    {"type": None}, {"type": "text"}, {"type": "text", "text": "hi"}, "data:image/png;base64,aaaa",
)
NAMES = ("type", "text", "role", "content", "id", "name", "input", "tool_use_id", "tool_calls", "function", "source", "signature", "arguments")
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
CALLS = [{"id": f"c{i}", "type": "function", "function": {"name": "bash", "arguments": text}} for i, text in enumerate(('{"a": 1}', "{"))]
TYPED = {"type": "function", "function": {"name": "bash"}}
REQUESTS = {
    CHAT: {
        "model": "scripted", "stream_options": {"include_usage": True}, "max_tokens": 50, "temperature": 0.5, "stop": ["q"], "n": 1,
        "tools": [
            {"type": "function", "function": {"name": "bash", "description": "d", "parameters": SCHEMA, "strict": True}},
            {"type": "custom", "custom": {"name": "raw", "format": {"type": "text"}}},
        ],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [TYPED]}}, "metadata": {"a": "b"},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}, "reasoning_effort": "low",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [
                {"type": "text", "text": "[[think:h]]"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,aaaa"}},
            ]},
            {"role": "assistant", "content": None, "reasoning_content": "t", "tool_calls": CALLS},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "r"}]},
            {"role": "tool", "tool_call_id": "c0", "content": "r"},
            {"role": "assistant", "content": "<think>a</think>b"}, {"role": "developer", "content": "d"}, {"role": "user", "content": "[[tools:1]]"},
        ],
    },
    MESSAGES: {
        "model": "scripted", "max_tokens": 50, "stop_sequences": ["q"], "context_management": {"edits": []},
        "system": [{"type": "text", "text": "x-anthropic-billing-header: a"}, {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "tools": [
            {"name": "bash", "description": "d", "input_schema": SCHEMA}, {"name": "late", "input_schema": SCHEMA, "defer_loading": True},
            {"type": "memory_20250818", "name": "memory"},
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}, "metadata": {"user_id": '{"session_id":"x"}'},
        "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "omitted"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "[[think:h]]", "cache_control": {"type": "ephemeral"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aaaa"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": "t"},
            ]},
            {"role": "system", "content": "e"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "", "signature": "h1.zz"}, {"type": "text", "text": "t"},
                {"type": "tool_use", "id": "t1", "name": "bash", "input": {"a": 1}}, {"type": "tool_use", "id": "t2", "name": "late", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "tool_reference", "tool_name": "late"}]},
                {"type": "tool_result", "tool_use_id": "t1", "content": "r", "is_error": True}, {"type": "text", "text": "[[tools:1]]"},
            ]},
        ],
    },
}


class Mutation:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rate = self.random.choice((0.003, 0.01, 0.03))

    def value(self, depth=0):
        kind = self.random.random()
        if kind < 0.6 or depth > 2:
            return self.random.choice(VALUES)
        if kind < 0.8:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        return {self.random.choice(NAMES): self.value(depth + 1) for _ in range(self.random.randint(0, 4))}

    def changed(self, value):
        if self.random.random() < self.rate:
            return self.value()
        if isinstance(value, dict):
            return {key: self.changed(member) for key, member in value.items() if self.random.random() > self.rate / 2}
        if isinstance(value, list):
            value = [self.changed(element) for element in value]
            if value and self.random.random() < self.rate:
                self.random.shuffle(value)
            if value and self.random.random() < self.rate:
                value.append(self.random.choice(value))
        return value

    def body(self, request):
        body = json.dumps(self.changed({**copy.deepcopy(request), "stream": self.random.random() < 0.5})).encode()
        if self.random.random() < 0.02:
            body = body[:self.random.randrange(len(body) + 1)]
        if body and self.random.random() < 0.02:
            at = self.random.randrange(len(body))
            body = body[:at] + bytes([self.random.randrange(256)]) + body[at + 1:]
        return body


def check_chat(status, streamed, text):
    if streamed:
        records = [record for record in text.split("\n\n") if record and not record.startswith(":")]
        chunks = [json.loads(record.removeprefix("data: ")) for record in records if record != "data: [DONE]"]
        if "error" not in chunks[-1]:
            reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]
            assert records[-1] == "data: [DONE]" and len(reasons) == 1
    elif status == 200:
        assert json.loads(text)["choices"][0]["finish_reason"]
    else:
        error = json.loads(text)["error"]
        assert set(error) == {"message", "type", "param", "code"} and error["message"]
        assert error["code"] == "context_length_exceeded" or not any(words in error["message"].lower() for words in FULL_CONTEXT)


def check_messages(status, streamed, text):
    if streamed:
        events = [record.split("\n")[0] for record in text.split("\n\n") if record]
        assert events[0] == "event: message_start" and events[-1] in ("event: message_stop", "event: error")
        assert events.count("event: content_block_start") == events.count("event: content_block_stop")
    elif status == 200:
        assert json.loads(text)["stop_reason"]
    else:
        answer = json.loads(text)
        assert answer["type"] == "error" and answer["error"]["message"] and answer["request_id"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path, check", [(CHAT, check_chat), (MESSAGES, check_messages)])
def test_mutated(server, path, check):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
    statuses = {}
    for seed in range(FIRST, FIRST + COUNT):
        body = Mutation(seed).body(REQUESTS[path])
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text, streamed = answer.read().decode(), answer.headers.get_content_type() == "text/event-stream"
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        try:
            assert answer.status in (200, 400, 404)
            check(answer.status, streamed, text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {answer.status} {text[-600:]}\n{body.decode(errors='replace')}") from error
    connection.close()
    assert statuses[200] > COUNT // 10 and statuses[400] > COUNT // 10, f"one-sided changes: {statuses}"

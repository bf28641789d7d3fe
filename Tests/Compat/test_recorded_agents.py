"""What agents sent, replayed without them: Codex's catalog and Responses Lite, Copilot CLI's and Mistral Vibe's tool loops."""

import json

import pytest

from harness.conformance import check_stream
from harness.connections import request, stream
from harness.processes import COMPAT
from test_codex_like import answers, frames_of, recording, send, upgrade, what_codex_sees

#: What Codex wants of an entry, in all its versions, and of which type; it reads nothing of a list that lacks one.
REQUIRED = {
    "slug": str, "display_name": str, "supported_reasoning_levels": list, "shell_type": str, "visibility": str, "supported_in_api": bool,
    "priority": int, "support_verbosity": bool, "truncation_policy": dict, "experimental_supported_tools": list, "base_instructions": str,
    "supports_reasoning_summaries": bool, "supports_parallel_tool_calls": bool,
}
#: The words it knows where it refuses others.
WORDS = {
    "shell_type": {"default", "local", "shell_command", "unified_exec", "disabled"}, "visibility": {"list", "hide", "none"},
    "apply_patch_tool_type": {"freeform", None}, "web_search_tool_type": {"text", "text_and_image"},
    "default_reasoning_summary": {"auto", "concise", "detailed", "none"}, "default_verbosity": {"low", "medium", "high", None},
}


@pytest.mark.parametrize("lite", ["on", "off", "auto"])
def test_codex_asks_for_the_catalog(start, lite):
    server = start("--codex-lite", lite)
    asked = recording("codex_lite_three_tool_calls")[0]
    status, headers, body = request(server, asked["method"], asked["path"])
    assert status == 200 and headers["etag"].startswith('W/"')
    assert body["object"] == "list" and [model["id"] for model in body["data"]] == ["scripted"]
    (entry,) = body["models"]
    for name, kind in REQUIRED.items():
        assert type(entry[name]) is kind, name
    for name, words in WORDS.items():
        assert entry[name] in words, name
    assert entry["truncation_policy"]["mode"] in ("bytes", "tokens") and entry["truncation_policy"]["limit"] > 0
    assert set(entry["input_modalities"]) <= {"text", "image", "audio"}
    assert entry["use_responses_lite"] is (lite == "on"), "a client of this machine has no thin line"
    assert "models" not in request(server, "GET", "/v1/models")[2]


def test_lite_frames(server):
    """The tools come once, as an item of the warmup, and can be called in every later turn of two kilobytes."""
    exchange = recording("codex_lite_three_tool_calls")[1]
    warmup, first, *increments = frames_of(exchange)
    assert warmup["input"][0]["type"] == "additional_tools" and not any("tools" in frame for frame in frames_of(exchange))
    socket = upgrade(server, exchange)
    warm = check_stream(send(socket, warmup, []))
    assert warm["output"] == []
    events = send(socket, first, [], warm["id"])
    called = []
    for frame in increments:
        items, last = what_codex_sees(events)
        check_stream(events)
        calls = [item for item in items if item["type"] == "function_call"]
        called += [call["name"] for call in calls]
        events = send(socket, answers(frame, calls), [], last["response"]["id"])
    assert called == ["exec_command"] * 3
    assert what_codex_sees(events)[0][0]["type"] == "message"
    socket.vanish()


@pytest.mark.parametrize("name", ["copilot_two_tool_calls", "vibe_two_tool_calls"])
def test_loops_over_http(server, name):
    """Each request has the whole history: calls until both have their outputs, then the answer."""
    exchanges = json.loads((COMPAT / "recordings" / f"{name}.json").read_text())["exchanges"]
    tools = exchanges[0]["body"]["tools"]
    kinds = []
    for exchange in exchanges:
        assert exchange["body"]["stream"] is True
        final = check_stream(stream(server, {**exchange["body"], "tools": tools, "model": "scripted"}).events)
        kinds.append([item["type"] for item in final["output"]])
    assert kinds == [["function_call"], ["function_call"], ["message"]]

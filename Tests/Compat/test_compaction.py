"""Compaction on a real engine: its cache holds all but the question for a summary, and what was sealed outlives the server."""

import json

import pytest

from harness.connections import EventSocket, request, user
from harness.processes import HotlineServer, llama, serving
from test_llama_cpp import words

#: At least this part of a compaction's prompt comes from the engine's cache.
CACHED_MIN = 0.98
#: Room for the thoughts of this engine's model, and for some words.
SUMMARY = {"max_output_tokens": 96}
TOOLS = [
    {"type": "function", "name": f"tool_{number}", "description": words(30, number), "parameters": {"type": "object", "properties": {}}}
    for number in range(6)
]


SETTINGS = {"model": "local", "instructions": words(40, 1), "prompt_cache_key": "thread-1"}
#: Some 9,000 tokens.
QUESTION = user(words(3200, 2))


@pytest.fixture(scope="module")
def local():
    """A server in front of an engine with one slot, so that what is cached is this module's chain. Its model never ends by itself: a
    random one would now and then before it has written anything."""
    with llama("--parallel", "1", "--ctx", "16384", "--ignore-eos") as engine, serving("--engine", engine.url, "--model", "local=tiny") as server:
        yield server


def metadata(kind):
    """What Codex says of a request."""
    return {"x-codex-turn-metadata": json.dumps({"request_kind": kind})}


@pytest.fixture(scope="module")
def chain(local):
    """The response that a long turn with tools ended in."""
    with EventSocket(local.socket_url) as socket:
        turn = socket.turn(
            [QUESTION], tools=TOOLS, tool_choice="none", store=True, client_metadata=metadata("turn"), max_output_tokens=16,
            deadline=240, **SETTINGS,
        )
    assert turn.last["type"] in ("response.completed", "response.incomplete")
    return turn.response


def check_cached(usage):
    share = usage["input_tokens_details"]["cached_tokens"] / usage["input_tokens"]
    print(f"cached {usage['input_tokens_details']['cached_tokens']} of {usage['input_tokens']} tokens: {share:.1%}")
    assert usage["input_tokens"] > 6000 and share >= CACHED_MIN, usage


@pytest.mark.timeout(300)
def test_a_trigger_finds_the_prompt_cached(local, chain):
    with EventSocket(local.socket_url) as socket:
        turn = socket.turn(
            [{"type": "compaction_trigger"}], previous_response_id=chain["id"], tools=TOOLS, deadline=120, **SETTINGS, **SUMMARY
        )
    assert [item["type"] for item in turn.response["output"]] == ["compaction"]
    check_cached(turn.response["usage"])


@pytest.mark.timeout(300)
def test_the_endpoint_finds_the_prompt_cached(local, chain):
    body = {"previous_response_id": chain["id"], "tools": TOOLS, **SETTINGS, **SUMMARY}
    status, _, compacted = request(local, "POST", "/v1/responses/compact", body, deadline=120)
    assert status == 200 and compacted["output"][-1]["type"] == "compaction"
    check_cached(compacted["usage"])


@pytest.mark.timeout(300)
def test_codex_own_compaction_finds_the_prompt_cached(local, chain):
    """On a connection of its own, with the whole history and without tools."""
    history = [QUESTION, *chain["output"], user("You are performing a CONTEXT CHECKPOINT COMPACTION. Write a summary.")]
    with EventSocket(local.socket_url) as socket:
        turn = socket.turn(history, tools=[], client_metadata=metadata("compaction"), deadline=120, **SETTINGS, **SUMMARY)
    check_cached(turn.response["usage"])


@pytest.mark.timeout(300)
def test_a_turn_over_its_threshold_is_compacted_first(local):
    settings = {"context_management": [{"type": "compaction", "compact_threshold": 1000}]}
    with EventSocket(local.socket_url) as socket:
        first = socket.turn([user(words(450, 3))], model="local", store=False, max_output_tokens=16, deadline=120, **settings).response
        assert first["usage"]["input_tokens"] > 1000
        turn = socket.turn(
            [user("And then?")], previous_response_id=first["id"], model="local", store=False, max_output_tokens=16, deadline=240,
            **settings,
        )
        assert turn.response["output"][0]["type"] == "compaction"
        after = socket.turn(
            [user("Go on.")], previous_response_id=turn.id, model="local", store=False, max_output_tokens=16, deadline=120,
        )
        assert after.last["type"] in ("response.completed", "response.incomplete")


@pytest.mark.timeout(300)
def test_truncation_leaves_the_front_out():
    with llama("--parallel", "1", "--ctx", "2048") as engine, serving("--engine", engine.url, "--model", "local=tiny") as server:
        history = []
        for number in range(8):
            history += [user(words(150, number)), {"role": "assistant", "content": words(10, number)}]
        body = {"model": "local", "input": [*history, user("And now?")], "max_output_tokens": 16}
        status, _, refused = request(server, "POST", "/v1/responses", body, deadline=60)
        assert status == 400 and refused["error"]["code"] == "context_length_exceeded"
        status, _, response = request(server, "POST", "/v1/responses", {**body, "truncation": "auto"}, deadline=60)
        assert status == 200, response
        assert 0 < response["usage"]["input_tokens"] < 2048


def test_what_was_sealed_opens_after_a_restart_and_nowhere_else(tmp_path):
    conversation = [user("We plan a walk."), {"role": "assistant", "content": "By the sea."}]
    think = {"input": "[[think:because]][[say:so]] Why?", "include": ["reasoning.encrypted_content"], "store": False}

    def ask(state, body, path="/v1/responses", **variables):
        server = HotlineServer("--engine", "scripted", "--api-key", "one", "--api-key", "two", env={"HOTLINE_STATE": str(state), **variables})
        try:
            server.wait_ready()
            return request(server, "POST", path, {"model": "scripted", **body}, key=variables.get("KEY", "one"))
        finally:
            server.process.kill()
            server.forget()

    state = tmp_path / "state"
    _, _, compacted = ask(state, {"input": conversation}, "/v1/responses/compact")
    _, _, thought = ask(state, think)
    reasoning = [item for item in thought["output"] if item["type"] == "reasoning"]
    assert reasoning and reasoning[0]["encrypted_content"]
    window = [*compacted["output"], user("On Sunday.")]
    for again in ({"input": window}, {"input": [user("Why?"), *reasoning, user("Really?")]}):
        status, _, answer = ask(state, again)
        assert status == 200, answer
    assert (state / "sealing-key").stat().st_mode & 0o777 == 0o600 and state.stat().st_mode & 0o777 == 0o700
    for refused in (ask(state, {"input": window}, KEY="two"), ask(tmp_path / "other", {"input": window})):
        assert refused[0] == 400 and refused[2]["error"]["code"] == "invalid_encrypted_content"
    # Servers that share a secret share what they sealed.
    secret = {"HOTLINE_SECRET": "a secret of all the servers here"}
    _, _, shared = ask(tmp_path / "a", {"input": conversation}, "/v1/responses/compact", **secret)
    status, _, answer = ask(tmp_path / "b", {"input": [*shared["output"], user("On Sunday.")]}, **secret)
    assert status == 200, answer
    assert not (tmp_path / "a").exists()

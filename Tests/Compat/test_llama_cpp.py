"""A real engine: llama.cpp with a tiny random model. Its text is noise; everything around the text is real."""

import asyncio
import json
import random

import pytest

from harness.conformance import check_response, check_stream
from harness.connections import EventSocket, RawSocket, outputs_for, request, stream, text_of, user
from harness.processes import HotlineServer, LlamaEngine, free_port, http_status, llama, serving, wait_until

WORDS = "the sea and wind stone house on hill a city read value string request model answer token".split()
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 24}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


# Left to itself, the random model goes on calling for as long as its context lasts, some minutes, once in a while.
ONE_CALL = {"parallel_tool_calls": False}


def test_codex_is_told_the_window_of_a_slot(llama_server, engine):
    """What one conversation has, not what the model was trained for, nor what all slots have together."""
    _, _, properties = request(engine, "GET", "/props")
    window = properties["default_generation_settings"]["n_ctx"]
    assert window == 32_768 // properties["total_slots"]
    status, _, body = request(llama_server, "GET", "/v1/models?client_version=0.163.0")
    assert status == 200 and {entry["slug"] for entry in body["models"]} == {"local", "tiny"}
    for entry in body["models"]:
        assert entry["context_window"] == entry["max_context_window"] == window
        assert entry["auto_compact_token_limit"] == window - window // 4
        assert entry["input_modalities"] == ["text"]
        assert [level["effort"] for level in entry["supported_reasoning_levels"]] == ["none", "low", "medium", "high"]


def words(count, seed):
    """Text without a shared prefix between seeds; about 2.6 tokens a word."""
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(count))


@pytest.fixture
def socket(llama_server):
    with EventSocket(llama_server.socket_url) as connection:
        yield connection


def test_models(llama_server):
    _, _, body = request(llama_server, "GET", "/v1/models")
    assert "local" in [model["id"] for model in body["data"]]


def test_text_on_every_transport(llama_server, socket):
    body = {"model": "local", "input": "Say something.", "max_output_tokens": 64}
    status, _, response = request(llama_server, "POST", "/v1/responses", body)
    assert status == 200
    check_response(response)
    streamed = stream(llama_server, body)
    check_stream(streamed.events, status=streamed.last["response"]["status"])
    turn = socket.turn("Say something.", model="local", max_output_tokens=64)
    check_stream(turn.events, status=turn.last["response"]["status"])
    # Any one answer may be empty: about one time in eighty this model ends at once.
    assert text_of(response) + streamed.text + turn.text
    assert response["model"] == turn.response["model"] == "local", "the name the client asked for"


def test_max_output_tokens_makes_it_incomplete(socket):
    # The model wants to write about 80 tokens; one of several tries is long enough.
    for _ in range(6):
        turn = socket.turn("Tell me of the sea.", model="local", max_output_tokens=16)
        if turn.last["type"] == "response.incomplete":
            break
    assert turn.response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert turn.response["usage"]["output_tokens"] <= 17
    assert turn.response["output"][-1]["status"] == "incomplete"


@pytest.mark.timeout(300)
def test_forced_tool_loop(socket):
    """Several rounds on one chain with store:false; the arguments obey the schema because the engine's grammar does."""
    parent, fresh = None, [user("The weather, please.")]
    for _ in range(3):
        chained = {"previous_response_id": parent} if parent else {}
        turn = socket.turn(
            fresh, deadline=90, model="local", store=False, tools=[WEATHER], tool_choice="required", **ONE_CALL, **chained
        )
        check_stream(turn.events)
        assert turn.calls, turn.response["output"]
        for call in turn.calls:
            assert call["name"] == "get_weather"
            assert isinstance(json.loads(call["arguments"])["city"], str)
        parent, fresh = turn.id, outputs_for(turn.calls, "rain, then sun")
    usage = turn.response["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] > 0, "later turns find the earlier ones in the engine's cache"


def test_named_tool_choice(socket):
    """The engine takes a named choice as `auto`; the server must make it hold."""
    other = {**WEATHER, "name": "get_tide"}
    turn = socket.turn(
        "Tides.", model="local", tools=[WEATHER, other], tool_choice={"type": "function", "name": "get_tide"}, **ONE_CALL
    )
    assert turn.calls and {call["name"] for call in turn.calls} == {"get_tide"}


def test_agents_sdk_with_forced_tools(llama_server):
    from agents import (
        Agent, ModelSettings, ToolsToFinalOutputResult, function_tool, responses_websocket_session, set_tracing_disabled,
    )

    set_tracing_disabled(True)
    cities = []

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        cities.append(city)
        return "rain, then sun"

    def enough(context, results):
        return ToolsToFinalOutputResult(is_final_output=len(cities) >= 5, final_output=str(len(cities)))

    agent = Agent(
        name="weather", model="local", tools=[get_weather], tool_use_behavior=enough, reset_tool_choice=False,
        model_settings=ModelSettings(tool_choice="required", store=False, parallel_tool_calls=False),
    )

    async def run():
        async with responses_websocket_session(api_key="none", base_url=llama_server.base_url) as session:
            return await session.run(agent, "The weather?", auto_previous_response_id=True, max_turns=8)

    assert int(asyncio.run(run()).final_output) >= 5 and all(isinstance(city, str) for city in cities)


def test_structured_output(socket):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "warm": {"type": "boolean"}},
        "required": ["city", "warm"],
        "additionalProperties": False,
    }
    turn = socket.turn(
        "Describe it.", model="local",
        text={"format": {"type": "json_schema", "name": "weather", "strict": True, "schema": schema}},
    )
    value = json.loads(turn.text)
    assert isinstance(value["city"], str) and isinstance(value["warm"], bool) and set(value) == {"city", "warm"}


def test_usage_counts_the_cache(socket):
    text = words(150, seed=21)
    first = socket.turn(text, model="local", store=False, max_output_tokens=16).response
    second = socket.turn(
        "And then?", model="local", store=False, previous_response_id=first["id"], max_output_tokens=16
    ).response
    assert first["usage"]["input_tokens"] > 300
    assert second["usage"]["input_tokens_details"]["cached_tokens"] >= first["usage"]["input_tokens"] * 0.9


def test_warmup_pays(socket):
    """generate:false pushes the prefix into the engine's cache; the first token of the next turn then comes at once."""
    def instructions(seed):
        return {"instructions": words(900, seed), "model": "local", "store": False}

    cold = socket.turn([user(words(430, 2)), user("What is the time?")], max_output_tokens=16, **instructions(1), deadline=90)

    warm_settings = instructions(11)
    warmup = socket.turn([user(words(430, 12))], generate=False, **warm_settings, deadline=90)
    assert warmup.types == ["response.created", "response.in_progress", "response.completed"]
    prefix = warmup.response["usage"]["input_tokens"]
    assert warmup.response["output"] == [] and warmup.response["usage"]["output_tokens"] == 0
    assert prefix > 3000, "the warmup reports what it prefilled"

    warm = socket.turn(
        [user("What is the time?")], previous_response_id=warmup.id, max_output_tokens=16, **warm_settings, deadline=90
    )
    cached = warm.response["usage"]["input_tokens_details"]["cached_tokens"]
    print(f"prefix {prefix} tokens; first token cold {cold.first_token * 1000:.0f} ms, after the warmup "
          f"{warm.first_token * 1000:.0f} ms; {cached} of {warm.response['usage']['input_tokens']} tokens cached")
    assert cached >= 0.9 * prefix
    assert warm.first_token < cold.first_token / 3


def test_context_overflow(socket):
    turn = socket.turn(words(9000, seed=5), model="local")
    assert turn.failed and turn.error["code"] == "context_length_exceeded", turn.last
    assert not socket.turn("Still there?", model="local", max_output_tokens=16).failed


def test_context_overflow_over_http(llama_server):
    status, _, body = request(llama_server, "POST", "/v1/responses", {"model": "local", "input": words(9000, seed=6)})
    if status == 200:
        body = body["response"] if "response" in body else body
        assert body["status"] == "failed"
    else:
        assert status == 400
    assert body["error"]["code"] == "context_length_exceeded"


def test_engine_killed_in_mid_stream():
    """SIGKILL while it streams: the turn ends with an error, the connection lives, and the next turn waits until the engine is back."""
    port = free_port()
    engines = [LlamaEngine("--ignore-eos", port=port).wait_ready()]
    try:
        with serving("--engine", engines[0].url, "--model", "local=tiny") as server:
            with EventSocket(server.socket_url) as socket:
                socket.create("Go on for ever.", model="local", store=False)
                socket.wait_for("response.output_text.delta")
                engines[0].kill()
                turn = socket.collect()
                assert turn.failed, turn.last
                assert turn.last["type"] == "response.failed", "after response.created, never an error frame"
                assert turn.error["code"] and turn.error["message"]

                socket.create("Anybody?", model="local", store=False, max_output_tokens=16)
                wait_until(lambda: "engine is away, turns wait" in server.log, "the log says that the engine is away")
                engines.append(LlamaEngine(port=port).wait_ready())
                assert not socket.collect().failed
                assert server.log.count("engine is away, turns wait") == server.log.count("engine is back") == 1
                back = socket.turn("And now?", model="local", store=False, max_output_tokens=16)
                assert not back.failed, back.last
    finally:
        for engine in engines:
            engine.forget()


def test_engine_down_at_start():
    """Nothing listens where the engine should be. Either the server says so and leaves, or every turn says so."""
    port = free_port()
    server = HotlineServer("--engine", f"http://127.0.0.1:{port}/v1", "--model", "local=tiny")
    try:
        up = wait_until(
            lambda: "left" if server.process.poll() is not None
            else "up" if http_status(server.port, "/health") == 200 else None,
            "the server is up or left",
        )
        if up == "left":
            assert server.process.returncode > 0
            assert str(port) in server.log, "the sentence names the engine"
            return
        with EventSocket(server.socket_url) as socket:
            turn = socket.turn("hello", model="local")
            assert turn.failed
            assert turn.last.get("status", 502) == 502
            assert "engine" in turn.error["message"].lower(), "the message tells what to do about the engine"
            with EngineAt(port):
                assert not socket.turn("hello", model="local", max_output_tokens=16).failed
        server.terminate()
        assert server.exit_code() == 0
    finally:
        server.forget()


class EngineAt:
    """An engine on a given port for the length of a `with` block."""

    def __init__(self, port):
        self.port = port

    def __enter__(self):
        self.engine = LlamaEngine(port=self.port)
        return self.engine.wait_ready()

    def __exit__(self, *_):
        self.engine.forget()


def test_engine_key():
    with llama("--api-key", "engine-secret") as engine:
        with serving("--engine", engine.url, "--engine-key", "engine-secret", "--model", "local=tiny") as server:
            status, _, _ = request(
                server, "POST", "/v1/responses", {"model": "local", "input": "hello", "max_output_tokens": 16}
            )
            assert status == 200
        with serving(
            "--engine", engine.url, "--engine-key", "not-the-secret", "--model", "local=tiny", "--wait-for-engine",
            ready="/health",
        ) as server:
            status, _, body = request(server, "POST", "/v1/responses", {"model": "local", "input": "hello"})
            # The engine's 401 is not the client's fault: the key is the server's.
            assert status == 502, body
            assert "not-the-secret" not in json.dumps(body) and "engine-secret" not in json.dumps(body)
            with EventSocket(server.socket_url) as socket:
                turn = socket.turn("hello", model="local")
                assert turn.failed and turn.last.get("status", 502) == 502
            assert "not-the-secret" not in server.log


@pytest.mark.parametrize("suffix", ["", "/v1", "/v1/"])
def test_engine_url_with_and_without_version(engine, suffix):
    base = engine.url.removesuffix("/v1")
    with serving("--engine", base + suffix, "--model", "local=tiny") as server:
        status, _, body = request(
            server, "POST", "/v1/responses", {"model": "local", "input": "hello", "max_output_tokens": 16}
        )
        assert status == 200, body


def test_client_killed_in_mid_turn():
    """The reader vanishes while the engine writes: its slot is free again, though it would have gone on for minutes."""
    # Only while it writes: during a prefill this engine does not look whether anybody still listens.
    with llama("--ignore-eos") as engine, serving("--engine", engine.url, "--model", "local=tiny") as server:
        raw = RawSocket(server.port)
        raw.send_event({"type": "response.create", "model": "local", "store": False, "input": "Go on for ever."})
        raw.wait_for("response.output_text.delta")
        assert engine.busy_slots() == 1
        raw.vanish()
        wait_until(lambda: engine.busy_slots() == 0, "the engine's slot is idle")

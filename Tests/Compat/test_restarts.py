"""An engine that is restarted in the middle of an agent's work: the loop finishes, and the log says it once, with its end."""

import asyncio
import copy
import json
import os
from typing import Literal

import pytest
from agents import (
    Agent, ModelSettings, Runner, ToolsToFinalOutputResult, function_tool, responses_websocket_session,
)

from harness.connections import EventSocket
from harness.processes import LlamaEngine, serving
from harness.restarting_engine import RestartingEngine
from test_codex_like import answers, frames_of, recording, send, tools_of, upgrade, what_codex_sees
from test_openai_agents import Lookups, agent_with, http_config

CALLS = 20
# A real engine takes some four seconds a call; 20 of them were seen to pass.
REAL_CALLS = int(os.environ.get("HOTLINE_REAL_CALLS", 4))


@pytest.fixture
def restarting():
    """An engine that is restarted twice within its calls, and the server in front of it."""
    with RestartingEngine(CALLS, restarts=(7, 14)) as engine:
        with serving("--engine", engine.url) as server:
            yield engine, server


def check_log(server, engine, restarts=2):
    assert engine.restarted == restarts and engine.refused >= 1
    log = server.log
    assert log.count("engine is away, turns wait") == restarts, log
    assert log.count("engine is back") == restarts, log
    assert "engine failed" not in log, log


def test_agents_sdk_over_the_socket(restarting):
    engine, server = restarting
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            return await session.run(agent_with(lookups, store=False), "go", max_turns=CALLS + 2, auto_previous_response_id=True)

    assert asyncio.run(run()).final_output == "done"
    assert lookups.keys == [f"k{i}" for i in range(CALLS)], "each call once, in order"
    check_log(server, engine)


@pytest.mark.parametrize("streams", [True, False], ids=["SSE", "JSON"])
def test_agents_sdk_over_http(restarting, streams):
    engine, server = restarting
    lookups = Lookups()

    async def run():
        config = http_config(server.base_url)
        if not streams:
            return await Runner.run(agent_with(lookups), "go", run_config=config, max_turns=CALLS + 2)
        result = Runner.run_streamed(agent_with(lookups), "go", run_config=config, max_turns=CALLS + 2)
        async for _ in result.stream_events():
            pass
        return result

    assert asyncio.run(run()).final_output == "done"
    assert lookups.keys == [f"k{i}" for i in range(CALLS)]
    check_log(server, engine)


def codex_loop(server, count, change=lambda frame: None, before=lambda number: None):
    """Codex's frames, each changed, for so many calls; `before` is called before each is answered. What Codex sees of the last turn."""
    (exchange,) = recording("codex_three_tool_calls")
    warmup, first, increment, *_ = frames_of(exchange)
    tools = tools_of([exchange])
    for frame in (warmup, first, increment):
        change(frame)
    with upgrade(server, exchange) as socket:
        warm = send(socket, warmup, tools)[-1]["response"]
        events = send(socket, first, tools, warm["id"])
        for number in range(count):
            items, last = what_codex_sees(events)
            calls = [item for item in items if item["type"] == "function_call"]
            assert last["type"] == "response.completed" and len(calls) == 1, (number, last)
            before(number)
            events = send(socket, answers(copy.deepcopy(increment), calls), tools, last["response"]["id"])
        return what_codex_sees(events)


def test_the_recorded_codex_loop(restarting):
    engine, server = restarting
    items, last = codex_loop(server, CALLS)
    assert [item["type"] for item in items] == ["message"] and last["type"] == "response.completed"
    check_log(server, engine)


def test_a_client_hears_signs_of_life_meanwhile():
    with RestartingEngine(0, restarts=(1,), refuses=1, loads=1) as engine:
        with serving("--engine", engine.url, "--limit", "heartbeat=200ms") as server, EventSocket(server.socket_url) as line:
            assert not line.turn("go", model="restarting", store=False).failed
            turn = line.turn("go on", model="restarting", store=False)
            assert not turn.failed, turn.last
            assert turn.types.count("response.in_progress") >= 4, turn.types


class Llama:
    """A real llama.cpp that is killed in the middle of the agent's work and started again on its port."""

    def __init__(self):
        self.engine = LlamaEngine("--ctx", 65536, "--parallel", 1).wait_ready()
        self.gone = []

    @property
    def url(self):
        return self.engine.url

    def restart(self):
        """As an operator does: killed, and started again. The agent goes on at once, while the engine loads its model."""
        self.engine.kill()
        self.gone.append(self.engine)
        self.engine = LlamaEngine("--ctx", 65536, "--parallel", 1, port=self.engine.port)

    def forget(self):
        for engine in [*self.gone, self.engine]:
            engine.forget()


@pytest.fixture
def llama_and_server():
    """Its random model calls a tool in every turn, as `tool_choice` is `required` where a client leaves the choice to it."""
    fields = json.dumps({"tool_choice": "required"})
    llama = Llama()
    try:
        with serving("--engine", llama.url, "--model", "scripted=tiny", "--engine-set", f"add-fields={fields}") as server:
            yield llama, server
    finally:
        llama.forget()


def check_log_of_one(server):
    log = server.log
    assert log.count("engine is away, turns wait") == log.count("engine is back") == 1, log
    assert "engine failed" not in log, log


@pytest.mark.timeout(240)
def test_a_real_engine_and_the_agents_sdk(llama_and_server):
    llama, server = llama_and_server
    places = []

    @function_tool
    def weather(place: Literal["sea", "hill", "city"]) -> str:
        """The weather at a place."""
        places.append(place)
        if len(places) == REAL_CALLS // 2:
            llama.restart()
        return "rain, then sun"

    def enough(context, results):
        return ToolsToFinalOutputResult(is_final_output=len(places) >= REAL_CALLS, final_output="enough")

    agent = Agent(
        name="weather", instructions="Use the tool.", model="scripted", tools=[weather], tool_use_behavior=enough,
        model_settings=ModelSettings(store=False, parallel_tool_calls=False))

    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            return await session.run(agent, "go", max_turns=REAL_CALLS + 2, auto_previous_response_id=True)

    assert asyncio.run(run()).final_output == "enough"
    assert len(places) == REAL_CALLS and len(llama.gone) == 1
    check_log_of_one(server)


@pytest.mark.timeout(240)
def test_a_real_engine_and_the_recorded_codex_loop(llama_and_server):
    llama, server = llama_and_server
    # Of its arguments a random model ends only those that the grammar bounds.
    tools = [{"type": "function", "name": "look", "description": "Look at a place.", "strict": True, "parameters": {
        "type": "object", "properties": {"place": {"enum": ["sea", "hill", "city"]}}, "required": ["place"],
        "additionalProperties": False}}]

    def restart(number):
        if number == REAL_CALLS // 2:
            llama.restart()

    codex_loop(server, REAL_CALLS, lambda frame: frame.update(tools=tools, parallel_tool_calls=False), restart)
    assert len(llama.gone) == 1
    check_log_of_one(server)

"""The OpenAI Agents SDK: tool loops over one WebSocket, whose turns stay small, and over HTTP and SSE."""

import asyncio
import statistics

import openai
import pytest
from agents import (
    Agent, ModelSettings, OpenAIProvider, RunConfig, Runner, function_tool, responses_websocket_session,
    set_default_openai_client, set_default_openai_responses_transport, set_tracing_disabled,
)

from harness.counting_proxy import CountingProxy
from harness.processes import HotlineServer, free_port

set_tracing_disabled(True)

ROUNDS = 25


class Lookups:
    """A tool that remembers with what it was called."""

    def __init__(self):
        self.keys = []

        @function_tool
        def lookup(key: str) -> str:
            """Look up a key."""
            self.keys.append(key)
            return f"value of {key}"

        self.tool = lookup


def agent_with(lookups, **settings):
    return Agent(
        name="helper", instructions="Use the tool.", model="scripted", tools=[lookups.tool],
        model_settings=ModelSettings(**settings),
    )


def prompt(rounds=ROUNDS):
    return f'[[tools:{rounds} lookup {{"key":"k{{i}}"}}]] go'


def http_config(base_url):
    client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    return RunConfig(model_provider=OpenAIProvider(openai_client=client, use_responses=True))


@pytest.mark.parametrize("settings", [{"store": False}, {}], ids=["store-false", "store-default"])
def test_twenty_five_tool_calls_cost_the_same_each(proxy, settings):
    """One socket, only new items per turn: the bytes of a turn do not grow with the conversation."""
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=proxy.base_url) as session:
            return await session.run(
                agent_with(lookups, **settings), prompt(), max_turns=ROUNDS + 2, auto_previous_response_id=True
            )

    result = asyncio.run(run())
    assert lookups.keys == [f"k{i}" for i in range(ROUNDS)]
    assert result.final_output
    sizes = proxy.counts.messages
    assert proxy.counts.sockets == 1 and len(sizes) == ROUNDS + 1 and not proxy.counts.bodies
    turns = sizes[1:]
    # k9 to k10 is one letter; everything else has the same length.
    assert max(turns) - min(turns) <= 16, turns
    assert statistics.mean(turns[-5:]) <= statistics.mean(turns[:5]) + 16
    print(f"bytes sent per turn: first {sizes[0]}, then {min(turns)} to {max(turns)} over {len(turns)} turns")


def test_full_history_over_the_socket(proxy):
    """Without chaining the SDK resends everything; the answers are the same, only the turns grow."""
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=proxy.base_url) as session:
            return await session.run(agent_with(lookups), prompt(8), max_turns=10)

    assert asyncio.run(run()).final_output
    assert lookups.keys == [f"k{i}" for i in range(8)]
    assert proxy.counts.sockets == 1
    sizes = proxy.counts.messages
    assert sizes == sorted(sizes) and sizes[-1] > sizes[0]


def test_two_runs_share_the_socket(proxy):
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=proxy.base_url) as session:
            agent = agent_with(lookups)
            first = await session.run(agent, prompt(3), auto_previous_response_id=True)
            return await session.run(
                agent, prompt(2), previous_response_id=first.last_response_id, auto_previous_response_id=True
            )

    assert asyncio.run(run()).final_output
    assert lookups.keys == ["k0", "k1", "k2", "k0", "k1"]
    assert proxy.counts.sockets == 1


def test_streamed_run_over_the_socket(server):
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            result = session.run_streamed(agent_with(lookups), prompt(2), auto_previous_response_id=True)
            kinds = [event.data.type async for event in result.stream_events() if event.type == "raw_response_event"]
            return result.final_output, kinds

    output, kinds = asyncio.run(run())
    assert output and lookups.keys == ["k0", "k1"]
    assert kinds.count("response.created") == kinds.count("response.completed") == 3
    assert "response.output_text.delta" in kinds


def test_default_transport_setting(server):
    """The way the SDK's own guide shows: two process-wide settings and plain Runner.run."""
    lookups = Lookups()

    async def run():
        set_default_openai_client(openai.AsyncOpenAI(base_url=server.base_url, api_key="none"), use_for_tracing=False)
        set_default_openai_responses_transport("websocket")
        try:
            return await Runner.run(agent_with(lookups), prompt(3), auto_previous_response_id=True)
        finally:
            set_default_openai_responses_transport("http")

    assert asyncio.run(run()).final_output and lookups.keys == ["k0", "k1", "k2"]


@pytest.mark.parametrize("chained", [True, False], ids=["chained", "full-history"])
def test_http(proxy, chained):
    lookups = Lookups()

    async def run():
        return await Runner.run(
            agent_with(lookups), prompt(5), run_config=http_config(proxy.base_url), auto_previous_response_id=chained
        )

    assert asyncio.run(run()).final_output
    assert lookups.keys == [f"k{i}" for i in range(5)]
    sizes = proxy.counts.bodies
    assert len(sizes) == 6 and proxy.counts.sockets == 0
    if chained:
        assert max(sizes[1:]) - min(sizes[1:]) <= 16, sizes
    else:
        assert sizes == sorted(sizes)


def test_sse(server):
    lookups = Lookups()

    async def run():
        result = Runner.run_streamed(agent_with(lookups), prompt(3), run_config=http_config(server.base_url))
        async for _ in result.stream_events():
            pass
        return result.final_output

    assert asyncio.run(run()) and lookups.keys == ["k0", "k1", "k2"]


def test_parallel_calls(server):
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            return await session.run(agent_with(lookups), "[[parallel:4]] go", auto_previous_response_id=True)

    assert asyncio.run(run()).final_output and len(lookups.keys) == 4


def test_structured_output(server):
    from pydantic import BaseModel

    class Report(BaseModel):
        title: str
        lines: list[str]

    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            return await session.run(Agent(name="writer", model="scripted", output_type=Report), "write")

    assert isinstance(asyncio.run(run()).final_output, Report)


def test_a_failed_turn_raises_and_the_next_run_works(server):
    async def run():
        async with responses_websocket_session(api_key="none", base_url=server.base_url) as session:
            agent = Agent(name="helper", model="scripted")
            with pytest.raises(Exception) as caught:
                await session.run(agent, "[[fail]]")
            return caught.value, await session.run(agent, "[[say:again]]")

    error, result = asyncio.run(run())
    assert "response.failed" in str(error) and result.final_output == "again"


def test_reconnects_after_an_idle_close():
    """The server restarts between two runs. The SDK opens a new socket; its next turn carries everything."""
    port = free_port()
    servers = [HotlineServer("--engine", "scripted", port=port)]
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=servers[0].base_url) as session:
            agent = agent_with(lookups)
            first = await session.run(agent, prompt(2), auto_previous_response_id=True)
            servers[0].terminate()
            assert await asyncio.to_thread(servers[0].exit_code) == 0
            servers.append(await asyncio.to_thread(HotlineServer("--engine", "scripted", port=port).wait_ready))
            history = first.to_input_list() + [{"role": "user", "content": prompt(2)}]
            return await session.run(agent, history, auto_previous_response_id=True)

    try:
        servers[0].wait_ready()
        assert asyncio.run(run()).final_output
        assert lookups.keys == ["k0", "k1", "k0", "k1"]
    finally:
        for server in servers:
            server.forget()


def test_a_stored_chain_survives_the_loss_of_its_socket(server):
    """store defaults to true: after a cut between two runs the chain continues from the store, on a new socket."""
    proxy = CountingProxy(server.port)
    lookups = Lookups()

    async def run():
        async with responses_websocket_session(api_key="none", base_url=proxy.base_url) as session:
            agent = agent_with(lookups)
            first = await session.run(agent, prompt(2), auto_previous_response_id=True)
            proxy.drop_connections()
            # The SDK sees the end of the connection when its reader task runs.
            model = agent_model(session)
            for _ in range(500):
                if not model._is_websocket_connection_reusable(model._ws_connection):
                    break
                await asyncio.sleep(0.01)
            return await session.run(
                agent, prompt(1), previous_response_id=first.last_response_id, auto_previous_response_id=True
            )

    def agent_model(session):
        return session.provider.get_model("scripted")

    try:
        assert asyncio.run(run()).final_output
        assert lookups.keys == ["k0", "k1", "k0"] and proxy.counts.sockets == 2
    finally:
        proxy.close()

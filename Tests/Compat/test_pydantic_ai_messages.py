"""Pydantic AI on Messages: `?beta=true`, tools side by side, streams, structured output, thinking given back, errors."""

import asyncio

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ThinkingPart
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider

from harness.anthropic_client import root


def agent_at(server, keys=None, name="scripted", **options):
    agent = Agent(AnthropicModel(name, provider=AnthropicProvider(base_url=root(server), api_key="none")), instructions="Be brief.", **options)
    if keys is not None:
        @agent.tool_plain
        def lookup(key: str) -> str:
            """Look up a key."""
            keys.append(key)
            return f"value of {key}"

    return agent


def test_tool_loop(server):
    keys = []
    result = agent_at(server, keys).run_sync('[[tools:10 lookup {"key":"k{i}"}]] go')
    assert keys == [f"k{i}" for i in range(10)] and result.output and result.usage.requests == 11
    assert result.usage.input_tokens > result.usage.cache_read_tokens > 0


def test_calls_side_by_side(server):
    keys = []
    assert agent_at(server, keys).run_sync('[[parallel:3 lookup {"key":"k{i}"}]] go').output
    assert sorted(keys) == ["k0", "k1", "k2"]


def test_streamed(server):
    async def run():
        async with agent_at(server, keys).run_stream('[[tools:2 lookup {"key":"k{i}"}]] go') as result:
            return [text async for text in result.stream_text()], result.usage

    keys = []
    texts, usage = asyncio.run(run())
    assert keys == ["k0", "k1"] and texts[-1] and usage.output_tokens > 0


def test_three_runs_at_once(server):
    async def run():
        return await asyncio.gather(*(agent_at(server).run(f"[[say:run {name}]]") for name in "abc"))

    assert [result.output for result in asyncio.run(run())] == ["run a", "run b", "run c"]


def test_thinking_in_the_history(server):
    settings = AnthropicModelSettings(anthropic_thinking={"type": "enabled", "budget_tokens": 2048}, max_tokens=4096)
    keys = []
    agent = agent_at(server, keys, model_settings=settings)
    first = agent.run_sync('[[think:let me see]][[tools:2 lookup {"key":"k{i}"}]] go')
    thoughts = [part for message in first.all_messages() for part in message.parts if isinstance(part, ThinkingPart)]
    assert thoughts and all(part.content == "let me see" and part.signature for part in thoughts)
    assert agent.run_sync("[[say:short]]", message_history=first.all_messages()).output == "short"


def test_structured_output(server):
    class Weather(BaseModel):
        city: str
        degrees: int

    assert isinstance(agent_at(server, output_type=Weather).run_sync("the weather").output, Weather)


def test_unknown_model(server):
    with pytest.raises(ModelHTTPError) as caught:
        agent_at(server, name="no-such-model").run_sync("hello")
    assert caught.value.status_code == 404 and caught.value.body["error"]["type"] == "not_found_error"

"""Pydantic AI over one WebSocket: three runs at once on lanes, and store:false chains."""

import asyncio

import pytest

pydantic_ai = pytest.importorskip("pydantic_ai")

from pydantic_ai import Agent  # noqa: E402
from pydantic_ai.models.openai import OpenAIResponsesModel, OpenAIResponsesModelSettings  # noqa: E402
from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402


def model_at(base_url, lanes=True):
    return OpenAIResponsesModel(
        "scripted",
        provider=OpenAIProvider(base_url=base_url, api_key="none"),
        profile=OpenAIModelProfile(openai_responses_supports_websocket_stream_id=lanes),
    )


def agent_with(model, keys, **settings):
    agent = Agent(
        model, instructions="Use the tool.",
        model_settings=OpenAIResponsesModelSettings(openai_transport="websocket", **settings),
    )

    @agent.tool_plain
    def lookup(key: str) -> str:
        """Look up a key."""
        keys.append(key)
        return f"value of {key}"

    return agent


def prompt(prefix, rounds):
    return f'[[tools:{rounds} lookup {{"key":"{prefix}{{i}}"}}]] go'


def test_three_runs_at_once_on_lanes(proxy):
    keys = []

    async def run():
        model = model_at(proxy.base_url)
        agent = agent_with(model, keys)
        async with model:
            return await asyncio.gather(*(agent.run(prompt(name, 4)) for name in "abc"))

    results = asyncio.run(run())
    assert sorted(keys) == sorted(f"{name}{i}" for name in "abc" for i in range(4))
    for name in "abc":
        assert [key for key in keys if key[0] == name] == [f"{name}{i}" for i in range(4)]
    assert all(result.output for result in results)
    assert all(result.usage.input_tokens > 0 for result in results)
    # One socket took everything: no request overflowed to HTTP.
    assert proxy.counts.sockets == 1 and not proxy.counts.bodies
    assert len(proxy.counts.messages) == 15


def test_store_false_chain_stays_small(proxy):
    keys = []

    async def run():
        model = model_at(proxy.base_url)
        async with model:
            return await agent_with(model, keys, openai_store=False).run(prompt("k", 10))

    assert asyncio.run(run()).output and keys == [f"k{i}" for i in range(10)]
    turns = proxy.counts.messages[1:]
    assert proxy.counts.sockets == 1 and len(turns) == 10
    assert max(turns) - min(turns) <= 16, turns


def test_without_lanes_the_others_go_over_http(proxy):
    """The default for hosts other than OpenAI's. Ids made over HTTP must chain on the socket and the other way round."""
    keys = []

    async def run():
        model = model_at(proxy.base_url, lanes=False)
        agent = agent_with(model, keys)
        async with model:
            return await asyncio.gather(*(agent.run(prompt(name, 3)) for name in "abc"))

    assert all(result.output for result in asyncio.run(run()))
    assert sorted(keys) == sorted(f"{name}{i}" for name in "abc" for i in range(3))


def test_conversation_goes_on(proxy):
    """A second run continues the first one's response; only its new message travels."""
    keys = []

    async def run():
        model = model_at(proxy.base_url)
        agent = agent_with(model, keys)
        async with model:
            first = await agent.run("[[say:" + "long " * 400 + "]]")
            return await agent.run("[[say:short]]", message_history=first.all_messages())

    assert asyncio.run(run()).output == "short"
    first, second = proxy.counts.messages
    assert second < first, "the second turn does not resend the first"

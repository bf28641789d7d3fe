"""LiteLLM on chat completions and Messages: loops of tools, streams put together, errors as its own classes."""

import json
import os

import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # Its list of prices would come from the network.
litellm = pytest.importorskip("litellm")

from harness.anthropic_client import root  # noqa: E402

TOOL = {
    "type": "function",
    "function": {
        "name": "lookup", "description": "Looks a key up.",
        "parameters": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
    },
}
WIRES = ["openai", "anthropic"]
# Its own types, made by Pydantic.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def ask(server, wire, messages, model="scripted", key="none", **fields):
    return litellm.completion(
        model=f"{wire}/{model}", api_base=server.base_url if wire == "openai" else root(server), api_key=key, max_retries=0, num_retries=0,
        timeout=30, messages=[{"role": "user", "content": messages}] if isinstance(messages, str) else messages, **fields,
    )


def together(server, wire, messages, **fields):
    chunks = list(ask(server, wire, messages, stream=True, stream_options={"include_usage": True}, **fields))
    return litellm.stream_chunk_builder(chunks, messages=messages)


@pytest.mark.parametrize("way", [ask, together], ids=["json", "stream"])
@pytest.mark.parametrize("wire", WIRES)
def test_tool_loop(server, wire, way):
    messages, keys = [{"role": "user", "content": '[[think:let me see]][[tools:3 lookup {"key":"k{i}"}]] go'}], []
    while True:
        answer = way(server, wire, messages, tools=[TOOL])
        (choice,) = answer.choices
        assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
        messages.append(choice.message.model_dump(exclude_none=True))
        if not choice.message.tool_calls:
            break
        assert choice.finish_reason == "tool_calls" and choice.message.reasoning_content == "let me see"
        for call in choice.message.tool_calls:
            keys.append(json.loads(call.function.arguments)["key"])
            messages.append({"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": "found"})
    assert keys == ["k0", "k1", "k2"] and choice.finish_reason == "stop" and "Done: 3 tool calls" in choice.message.content


@pytest.mark.parametrize("wire", WIRES)
def test_calls_side_by_side(server, wire):
    for way in (ask, together):
        answer = way(server, wire, [{"role": "user", "content": '[[parallel:2 lookup {"key":"k{i}"}]]'}], tools=[TOOL])
        assert [json.loads(call.function.arguments) for call in answer.choices[0].message.tool_calls] == [{"key": "k0"}, {"key": "k1"}]


@pytest.mark.parametrize("wire", WIRES)
def test_errors(start, wire):
    server = start("--api-key", "secret", "--scripted", "context=500")
    with pytest.raises(litellm.AuthenticationError):
        ask(server, wire, "hello", key="wrong")
    with pytest.raises(litellm.NotFoundError):
        ask(server, wire, "hello", model="no-such-model", key="secret")
    for stream in (False, True):
        with pytest.raises(litellm.ContextWindowExceededError):
            list(ask(server, wire, "many words " * 500, key="secret", stream=stream))

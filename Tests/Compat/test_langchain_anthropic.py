"""LangChain's Messages client: loops of tools as JSON and as streams, usage, structured output, thinking given back."""

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from harness.anthropic_client import root


@tool
def lookup(key: str) -> str:
    """Looks a key up."""
    return f"value of {key}"


def model_at(server, **options):
    return ChatAnthropic(model="scripted", base_url=root(server), api_key="none", max_retries=0, **{"max_tokens": 4096, **options})


def together(model, messages, streams):
    """One message, asked for as JSON or put together from a stream."""
    if not streams:
        return model.invoke(messages)
    whole = None
    for chunk in model.stream(messages):
        whole = chunk if whole is None else whole + chunk
    return whole


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("options", [{}, {"thinking": {"type": "enabled", "budget_tokens": 2048}}])
def test_tool_loop(server, streams, options):
    model = model_at(server, **options).bind_tools([lookup])
    messages = [SystemMessage("Use the tool."), HumanMessage('[[think:so]][[tools:3 lookup {"key":"k{i}"}]]')]
    keys, totals = [], []
    while True:
        answer = together(model, messages, streams)
        assert answer.usage_metadata["input_tokens"] > 0 and answer.usage_metadata["output_tokens"] > 0
        totals.append(answer.usage_metadata["input_tokens"])
        messages.append(answer)
        if not answer.tool_calls:
            break
        for call in answer.tool_calls:
            keys.append(call["args"]["key"])
            messages.append(ToolMessage(lookup.invoke(call["args"]), tool_call_id=call["id"]))
    assert keys == ["k0", "k1", "k2"] and answer.response_metadata["stop_reason"] == "end_turn" and answer.text
    assert totals == sorted(set(totals)), "each turn is longer, and all of it is counted: read from the cache or not"


def test_calls_side_by_side(server):
    answer = model_at(server).bind_tools([lookup]).invoke('[[parallel:2 lookup {"key":"k{i}"}]]')
    assert [call["args"] for call in answer.tool_calls] == [{"key": "k0"}, {"key": "k1"}]


def test_stream_counts_as_json_does(server):
    model = model_at(server)
    json_, stream = (together(model, [HumanMessage("[[say:one two three]]")], streams) for streams in (False, True))
    assert json_.text == stream.text == "one two three"
    for key in ("input_tokens", "output_tokens", "total_tokens"):
        assert json_.usage_metadata[key] == stream.usage_metadata[key]


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(server, method):
    assert isinstance(model_at(server).with_structured_output(Weather, method=method).invoke("the weather"), Weather)

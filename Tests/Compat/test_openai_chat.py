"""The `openai` package on chat completions: JSON and streams, tools, structured output, usage, refusals by name, errors by class."""

import asyncio
import json

import openai
import pytest
from pydantic import BaseModel

from harness.openai_client import async_client, client

LOOKUP = {
    "type": "function",
    "function": {
        "name": "lookup", "description": "Looks a key up.",
        "parameters": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"], "additionalProperties": False},
    },
}


def ask(c, text, **fields):
    messages = text if isinstance(text, list) else [{"role": "user", "content": text}]
    return c.chat.completions.create(**{"model": "scripted", "messages": messages, **fields})


def streamed(c, text, **fields):
    """The chunks, and the completion that the SDK's helper puts together."""
    messages = text if isinstance(text, list) else [{"role": "user", "content": text}]
    with c.chat.completions.stream(model="scripted", messages=messages, **fields) as stream:
        return [event.chunk for event in stream if event.type == "chunk"], stream.get_final_completion()


def calls_of(completion):
    return completion.choices[0].message.tool_calls or []


def results_for(completion):
    return [completion.choices[0].message] + [
        {"role": "tool", "tool_call_id": call.id, "content": f"value of {json.loads(call.function.arguments)['key']}"}
        for call in calls_of(completion)
    ]


# MARK: JSON and streams


def test_json(server):
    completion = ask(client(server), "[[say:good morning]]")
    (choice,) = completion.choices
    assert choice.message.content == "good morning" and choice.finish_reason == "stop" and choice.message.role == "assistant"
    assert completion.object == "chat.completion" and completion.model == "scripted" and completion.id.startswith("chatcmpl-")
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0
    assert completion._request_id, "x-request-id reaches the SDK"


def test_json_async(server):
    async def run():
        async with async_client(server) as c:
            return await c.chat.completions.create(
                model="scripted", messages=[{"role": "user", "content": [{"type": "text", "text": "[[say:good evening]]"}]}]
            )

    assert asyncio.run(run()).choices[0].message.content == "good evening"


@pytest.mark.parametrize("counted", [False, True])
def test_stream(server, counted):
    options = {"stream_options": {"include_usage": True}} if counted else {}
    chunks = list(ask(client(server), "[[say:one two three]]", stream=True, **options))
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[0].choices[0].delta.role == "assistant"
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == "one two three"
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert reasons == ["stop"]
    counts = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(counts) == counted and (not counted or not chunks[-1].choices and counts[0].prompt_tokens_details)


def test_stream_counts_as_json_does(server):
    c = client(server)
    *_, last = ask(c, "[[think:so]][[say:one two]]", stream=True, stream_options={"include_usage": True})
    usage = ask(c, "[[think:so]][[say:one two]]").usage
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (usage.prompt_tokens, usage.completion_tokens)
    assert last.usage.completion_tokens_details.reasoning_tokens == usage.completion_tokens_details.reasoning_tokens > 0


def test_stream_async(server):
    async def run():
        async with async_client(server) as c:
            stream = await c.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "[[say:hello you]]"}], stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    assert asyncio.run(run()) == "hello you"


def test_reasoning_once_and_back(server):
    """Out under one name; back in under any, and nobody is refused for it."""
    c = client(server)
    message = ask(c, "[[think:let me see]][[say:yes]]").choices[0].message
    assert message.reasoning_content == "let me see" and message.content == "yes"
    pieces = [choice.delta for chunk in ask(c, "[[think:let me see]][[say:yes]]", stream=True) for choice in chunk.choices]
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in pieces) == "let me see"
    for name in ("reasoning_content", "reasoning", "reasoning_text"):
        history = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes", name: "let me see"}]
        assert ask(c, [*history, {"role": "user", "content": "[[say:ok]]"}]).choices[0].message.content == "ok"


def test_limit_and_stop_strings(server):
    c = client(server)
    for name in ("max_tokens", "max_completion_tokens"):
        cut = ask(c, "[[tokens:50]]", **{name: 5})
        assert cut.choices[0].finish_reason == "length" and cut.usage.completion_tokens == 5
    for stop in ("STOP", ["HALT", "STOP"]):
        choice = ask(c, "[[say:one two STOP three]]", stop=stop).choices[0]
        assert choice.finish_reason == "stop" and choice.message.content == "one two "


def test_roles(server):
    """Several system and developer messages, at the front and later, with names."""
    messages = [
        {"role": "system", "content": "a"}, {"role": "developer", "content": [{"type": "text", "text": "b"}]},
        {"role": "user", "content": "hello", "name": "ann"}, {"role": "assistant", "content": None, "refusal": "no"},
        {"role": "system", "content": "later"}, {"role": "user", "content": "[[say:fine]]"},
    ]
    assert ask(client(server), messages).choices[0].message.content == "fine"


def test_image(server):
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{dot}", "detail": "low"}}, {"type": "text", "text": "[[say:seen]]"}]
    assert ask(client(server), [{"role": "user", "content": parts}]).choices[0].message.content == "seen"


# MARK: Tools


@pytest.mark.parametrize("way", ["json", "stream"])
def test_tool_loop(server, way):
    c = client(server)
    turn = (lambda m: ask(c, m, tools=[LOOKUP])) if way == "json" else (lambda m: streamed(c, m, tools=[LOOKUP])[1])
    messages, ids = [{"role": "user", "content": '[[tools:10 lookup {"key":"k{i}"}]] go'}], []
    while calls_of(completion := turn(messages)):
        assert completion.choices[0].finish_reason == "tool_calls"
        ids += [call.id for call in calls_of(completion)]
        messages += results_for(completion)
    assert len(set(ids)) == 10 and completion.choices[0].finish_reason == "stop"
    assert "Done: 10 tool calls" in completion.choices[0].message.content


def test_calls_side_by_side(server):
    c = client(server)
    for completion in (
        ask(c, '[[parallel:3 lookup {"key":"k{i}"}]] go', tools=[LOOKUP]),
        streamed(c, '[[parallel:3 lookup {"key":"k{i}"}]] go', tools=[LOOKUP])[1],
    ):
        assert [json.loads(call.function.arguments) for call in calls_of(completion)] == [{"key": f"k{i}"} for i in range(3)]
        results = results_for(completion)
        messages = [{"role": "user", "content": '[[parallel:3 lookup {"key":"k{i}"}]] go'}, results[0], *results[:0:-1]]
        assert ask(c, messages, tools=[LOOKUP]).choices[0].finish_reason == "stop", "results in any order"
    assert len(calls_of(ask(c, "[[parallel:3 lookup]]", tools=[LOOKUP], parallel_tool_calls=False))) == 1


def test_fragments(server):
    """Id and name with the first fragment of a call only, the index with all."""
    pieces = [
        piece for chunk in ask(client(server), '[[parallel:2 lookup {"key":"a value of some words"}]]', tools=[LOOKUP], stream=True)
        for choice in chunk.choices for piece in choice.delta.tool_calls or []
    ]
    for index in (0, 1):
        first, *rest = [piece for piece in pieces if piece.index == index]
        assert first.id and first.type == "function" and first.function.name == "lookup" and rest
        assert not any(piece.id or piece.function.name for piece in rest)
        assert json.loads("".join(piece.function.arguments or "" for piece in (first, *rest))) == {"key": "a value of some words"}


@pytest.mark.parametrize("choice, calls", [
    ("required", 1), ({"type": "function", "function": {"name": "other"}}, 1), ("none", 0), ("auto", 0),
])
def test_tool_choice(server, choice, calls):
    other = {"type": "function", "function": {**LOOKUP["function"], "name": "other"}}
    found = calls_of(ask(client(server), "hello", tools=[LOOKUP, other], tool_choice=choice))
    assert len(found) == calls and (not isinstance(choice, dict) or found[0].function.name == "other")


def test_run_tools_with_models(server):
    """The SDK's typed tools: arguments are parsed."""
    class Lookup(BaseModel):
        key: str

    completion = client(server).chat.completions.parse(
        model="scripted", messages=[{"role": "user", "content": '[[tools:1 Lookup {"key":"k"}]]'}], tools=[openai.pydantic_function_tool(Lookup)]
    )
    assert calls_of(completion)[0].function.parsed_arguments == Lookup(key="k")


def test_legacy_functions(server):
    """Functions and function_call as clients of 2023 send them."""
    c, function = client(server), LOOKUP["function"]
    messages = [{"role": "user", "content": '[[tools:1 lookup {"key":"k"}]]'}]
    try:
        completion = ask(c, messages, functions=[function])
    except openai.BadRequestError as error:
        assert error.param == "functions" and "tools" in error.message
        return
    call = completion.choices[0].message.function_call
    assert completion.choices[0].finish_reason == "function_call" and json.loads(call.arguments) == {"key": "k"}
    messages += [
        {"role": "assistant", "content": None, "function_call": {"name": call.name, "arguments": call.arguments}},
        {"role": "function", "name": call.name, "content": "found"},
    ]
    assert ask(c, messages, functions=[function]).choices[0].finish_reason == "stop"


# MARK: Structured output


def test_structured_output(server):
    class Weather(BaseModel):
        city: str
        degrees: int

    parsed = client(server).chat.completions.parse(
        model="scripted", messages=[{"role": "user", "content": "the weather"}], response_format=Weather
    )
    assert isinstance(parsed.choices[0].message.parsed, Weather)
    _, completion = streamed(client(server), "the weather", response_format=Weather)
    assert isinstance(completion.choices[0].message.parsed, Weather)


# MARK: Refusals and errors


@pytest.mark.parametrize("fields, param", [
    ({"n": 2}, "n"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
    ({"web_search_options": {}}, "web_search_options"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]}, "messages[0].tool_call_id"),
    ({"temperature": "hot"}, "temperature"),
    ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_refused_by_name(server, fields, param, stream):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client(server), fields.get("messages", "hello"), **{"stream": stream, **fields})
    assert caught.value.param == param and caught.value.type == "invalid_request_error" and caught.value.body["message"]


def test_unknown_fields_are_no_reason(server):
    extra = {"store": True, "metadata": {"a": "b"}, "logit_bias": {}, "seed": 7, "service_tier": "auto", "user": "u", "n": 1, "frequency_penalty": 0}
    completion = ask(client(server), "[[say:fine]]", **extra, extra_body={"a_field_of_tomorrow": {"x": 1}})
    assert completion.choices[0].message.content == "fine"


def test_unknown_model(server):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client(server), "hello", model="no-such-model")
    assert caught.value.code == "model_not_found" and "no-such-model" in caught.value.message


def test_wrong_key(start):
    server = start("--api-key", "secret")
    assert ask(client(server, key="secret"), "[[say:in]]").choices[0].message.content == "in"
    with pytest.raises(openai.AuthenticationError):
        ask(client(server, key="wrong"), "hello")


def test_failed_turn(server):
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError):
            list(ask(client(server), "[[fail]]", stream=stream))


def test_full_context(start):
    """A status before any byte, in the words on which clients compact."""
    server = start("--scripted", "context=500")
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            ask(client(server), "many words " * 500, stream=stream)
        assert caught.value.code == "context_length_exceeded" and "maximum context length is 500 tokens" in caught.value.message

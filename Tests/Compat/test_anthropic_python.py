"""The `anthropic` package against the server: JSON and streams, tools, thinking given back, counting, models, errors by class."""

import asyncio
import json

import anthropic
import pytest

from harness.anthropic_client import LOOKUP, async_client, calls_of, client, results_for, root, text_of
from harness.patient_engine import PatientEngine
from harness.processes import wait_until

THINKING = {"type": "enabled", "budget_tokens": 2048}


def ask(c, text, **fields):
    messages = text if isinstance(text, list) else [{"role": "user", "content": text}]
    return c.messages.create(**{"model": "scripted", "max_tokens": 1000, "messages": messages, **fields})


def streamed(c, text, **fields):
    messages = text if isinstance(text, list) else [{"role": "user", "content": text}]
    with c.messages.stream(**{"model": "scripted", "max_tokens": 1000, "messages": messages, **fields}) as stream:
        return list(stream), stream.get_final_message()


# MARK: JSON and streams


def test_json(server):
    message = ask(client(server), "[[say:good morning]]")
    assert text_of(message) == "good morning" and message.stop_reason == "end_turn" and message.id.startswith("msg_")
    assert message.model == "scripted" and message.usage.output_tokens > 0
    assert message.usage.input_tokens + message.usage.cache_read_input_tokens > 0
    assert message._request_id.startswith("req_"), "request-id reaches the SDK"


def test_json_async(server):
    async def run():
        async with async_client(server) as c:
            return await c.messages.create(
                model="scripted", max_tokens=100, messages=[{"role": "user", "content": [{"type": "text", "text": "[[say:good evening]]"}]}]
            )

    assert text_of(asyncio.run(run())) == "good evening"


def test_raw_stream(server):
    """Records in their order; usage whole at the end; both ways give the same message but for its id."""
    c = client(server)
    events = list(ask(c, "[[think:so]][[say:one two three]]", stream=True))
    kinds = [event.type for event in events]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
    opened = [event.index for event in events if event.type == "content_block_start"]
    closed = [event.index for event in events if event.type == "content_block_stop"]
    assert opened == closed == [0, 1]
    assert "".join(e.delta.text for e in events if e.type == "content_block_delta" and e.delta.type == "text_delta") == "one two three"
    usage = events[-2].usage
    again = ask(c, "[[think:so]][[say:one two three]]")
    assert usage.input_tokens + usage.cache_read_input_tokens == again.usage.input_tokens + again.usage.cache_read_input_tokens > 0
    assert usage.output_tokens == again.usage.output_tokens > usage.output_tokens_details.thinking_tokens > 0


def test_stream_helper(server):
    events, message = streamed(client(server), "[[say:one two three]]")
    assert "".join(event.text for event in events if event.type == "text") == "one two three" == text_of(message)
    assert message.stop_reason == "end_turn" and message.usage.output_tokens > 0


def test_stream_helper_async(server):
    async def run():
        async with async_client(server) as c:
            async with c.messages.stream(
                model="scripted", max_tokens=100, messages=[{"role": "user", "content": "[[say:hello you]]"}]
            ) as stream:
                return [text async for text in stream.text_stream], await stream.get_final_text()

    texts, final = asyncio.run(run())
    assert "".join(texts) == final == "hello you"


def test_stream_closed_early(start_with):
    """A client that leaves its stream ends the engine's."""
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient")
        with client(server).messages.stream(model="local", max_tokens=1000, messages=[{"role": "user", "content": "go on"}]) as stream:
            next(iter(stream.text_stream))
        wait_until(engine.abandoned.is_set, "the engine's stream is cancelled")


def test_limit_and_stop_strings(server):
    c = client(server)
    warmup = ask(c, "[[tokens:50]]", max_tokens=0)
    assert warmup.content == [] and warmup.stop_reason == "max_tokens"
    cut = ask(c, "[[tokens:50]]", max_tokens=5)
    assert cut.stop_reason == "max_tokens" and cut.usage.output_tokens == 5
    stopped = ask(c, "[[say:one two STOP three]]", stop_sequences=["HALT", "STOP"])
    assert stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == "STOP" and text_of(stopped) == "one two "
    _, message = streamed(c, "[[say:one two STOP three]]", stop_sequences=["STOP"])
    assert message.stop_reason == "stop_sequence" and text_of(message) == "one two "


def test_system_in_both_places(server):
    """At the top, as text and as blocks with cache marks, and as a message where it stands."""
    c = client(server)
    plain = ask(c, "[[say:a]]", system="Be brief.")
    marked = ask(c, "[[say:a]]", system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}])
    total = lambda message: message.usage.input_tokens + message.usage.cache_read_input_tokens  # noqa: E731
    assert total(plain) == total(marked)
    inside = ask(c, [
        {"role": "user", "content": "[[say:a]]"}, {"role": "system", "content": "The date is the first."},
    ])
    assert text_of(inside) == "a" and total(inside) > total(ask(c, "[[say:a]]"))


# MARK: Tools


@pytest.mark.parametrize("way", ["json", "stream"])
def test_tool_loop(server, way):
    """Two calls at once, three rounds; the ids are new in the whole conversation."""
    c = client(server)
    messages = [{"role": "user", "content": '[[parallel:2 lookup {"key":"k{i}"}]] go'}]
    turn = (lambda: ask(c, messages, tools=[LOOKUP])) if way == "json" else (lambda: streamed(c, messages, tools=[LOOKUP])[1])
    first = turn()
    assert first.stop_reason == "tool_use" and [call.input for call in calls_of(first)] == [{"key": "k0"}, {"key": "k1"}]
    messages += [{"role": "assistant", "content": first.content}, results_for(first)]
    assert turn().stop_reason == "end_turn"

    messages = [{"role": "user", "content": '[[tools:3 lookup {"key":"k{i}"}]] go'}]
    ids = []
    while (message := turn()).stop_reason == "tool_use":
        ids += [call.id for call in calls_of(message)]
        messages += [{"role": "assistant", "content": message.content}, results_for(message)]
    assert len(set(ids)) == 3 and message.stop_reason == "end_turn"


def test_arguments_arrive_in_pieces(server):
    events, message = streamed(client(server), '[[tools:1 lookup {"key":"a long value of many words"}]]', tools=[LOOKUP])
    pieces = [event for event in events if event.type == "input_json"]
    assert json.loads("".join(event.partial_json for event in pieces)) == pieces[-1].snapshot == calls_of(message)[0].input


def test_results_in_any_order_and_form(server):
    """Clients answer calls as they end; content is text, blocks or nothing; an error is marked."""
    c = client(server)
    messages = [{"role": "user", "content": '[[parallel:3 lookup {"key":"k{i}"}]] go'}]
    first = ask(c, messages, tools=[LOOKUP])
    ids = [call.id for call in calls_of(first)]
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": ids[2]},
        {"type": "tool_result", "tool_use_id": ids[0], "content": [{"type": "text", "text": "zero"}], "is_error": True},
        {"type": "tool_result", "tool_use_id": ids[1], "content": "one"},
        {"type": "text", "text": "[[say:thanks]]"},
    ]}]
    assert text_of(ask(c, messages, tools=[LOOKUP])) == "thanks"


@pytest.mark.parametrize("choice, calls", [
    ({"type": "any"}, 1), ({"type": "tool", "name": "other"}, 1), ({"type": "none"}, 0), ({"type": "auto"}, 0),
])
def test_tool_choice(server, choice, calls):
    other = {**LOOKUP, "name": "other"}
    message = ask(client(server), "hello", tools=[LOOKUP, other], tool_choice=choice)
    assert len(calls_of(message)) == calls
    if choice["type"] == "tool":
        assert calls_of(message)[0].name == "other"


def test_one_call_at_a_time(server):
    message = ask(
        client(server), "[[parallel:3 lookup]]", tools=[LOOKUP], tool_choice={"type": "auto", "disable_parallel_tool_use": True}
    )
    assert len(calls_of(message)) == 1


def test_tool_runner(server):
    """The SDK's own loop over the beta path."""
    keys = []

    @anthropic.beta_tool
    def lookup(key: str) -> str:
        """Looks a key up.

        Args:
            key: What to look up.
        """
        keys.append(key)
        return "found"

    runner = client(server).beta.messages.tool_runner(
        model="scripted", max_tokens=1000, tools=[lookup],
        messages=[{"role": "user", "content": '[[tools:5 lookup {"key":"k{i}"}]] go'}],
    )
    assert runner.until_done().stop_reason == "end_turn" and keys == [f"k{i}" for i in range(5)]


def test_tools_of_the_service(server):
    """bash and the editor are calls like others; what the server would have to run is left out, and refused when it is all there is."""
    c = client(server)
    message = ask(c, '[[tools:1 bash {"command":"ls"}]]', tools=[{"type": "bash_20250124", "name": "bash"}])
    assert calls_of(message)[0].input == {"command": "ls"}
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    assert text_of(ask(c, "[[say:fine]]", tools=[LOOKUP, search])) == "fine"
    with pytest.raises(anthropic.BadRequestError, match="web_search"):
        ask(c, "hello", tools=[search])


# MARK: Thinking


@pytest.mark.parametrize("display", [None, "omitted"])
def test_thinking_given_back(server, display):
    """The signature and what it stands for come back unchanged in a tool loop; foreign ones are no reason to refuse."""
    c = client(server)
    thinking = {**THINKING, **({"display": display} if display else {})}
    messages = [{"role": "user", "content": '[[think:let me see]][[tools:2 lookup {"key":"k{i}"}]] go'}]
    for _ in range(2):
        _, message = streamed(c, messages, tools=[LOOKUP], thinking=thinking, max_tokens=4000)
        thought = message.content[0]
        assert thought.type == "thinking" and thought.signature.startswith("h1.")
        assert thought.thinking == ("" if display else "let me see")
        messages += [{"role": "assistant", "content": message.content}, results_for(message)]
    message = ask(c, messages, tools=[LOOKUP], thinking=thinking, max_tokens=4000)
    assert message.stop_reason == "end_turn"
    foreign = [
        {"type": "thinking", "thinking": "", "signature": "EqQBCgIYAhIM"}, {"type": "thinking", "thinking": "hm", "signature": ""},
        {"type": "redacted_thinking", "data": "EmwKAhgB"}, {"type": "text", "text": "well"},
    ]
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": foreign}, {"role": "user", "content": "[[say:ok]]"}]
    assert text_of(ask(c, messages, thinking=THINKING, max_tokens=4000)) == "ok"


def test_thinking_helper_events(server):
    events, _ = streamed(client(server), "[[think:let me see]][[say:yes]]", thinking=THINKING, max_tokens=4000)
    assert "".join(event.thinking for event in events if event.type == "thinking") == "let me see"
    assert [event.signature for event in events if event.type == "signature"][0].startswith("h1.")


# MARK: Structured output, images


def test_structured_output(server):
    from pydantic import BaseModel

    class Weather(BaseModel):
        city: str
        degrees: int

    message = client(server).messages.parse(
        model="scripted", max_tokens=500, messages=[{"role": "user", "content": "the weather"}], output_format=Weather
    )
    assert isinstance(message.parsed_output, Weather)


def test_image_and_document(server):
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    message = ask(client(server), [{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": dot}},
        {"type": "document", "title": "Notes", "source": {"type": "text", "media_type": "text/plain", "data": "some notes"}},
        {"type": "text", "text": "[[say:seen]]"},
    ]}])
    assert text_of(message) == "seen"


# MARK: Counting and models


def test_count_tokens(server):
    c = client(server)
    messages = [{"role": "user", "content": "one two three"}]
    few = c.messages.count_tokens(model="scripted", messages=messages).input_tokens
    more = c.messages.count_tokens(model="scripted", messages=messages, system="Be brief.", tools=[LOOKUP]).input_tokens
    assert 0 < few < more
    assert c.beta.messages.count_tokens(model="scripted", messages=messages, tools=[]).input_tokens == few


def test_models(server):
    c = client(server)
    (model,) = c.models.list(limit=1000)
    assert model.id == "scripted" and model.type == "model" and model.display_name and model.created_at
    assert c.models.retrieve("scripted").id == "scripted"
    with pytest.raises(anthropic.NotFoundError):
        c.models.retrieve("no-such-model")


# MARK: Errors by class


@pytest.mark.parametrize("fields, error, words", [
    ({"model": "no-such-model"}, anthropic.NotFoundError, "no-such-model"),
    ({"max_tokens": -1}, anthropic.BadRequestError, "max_tokens"),
    ({"messages": []}, anthropic.BadRequestError, "messages"),
    ({"messages": [{"role": "robot", "content": "x"}]}, anthropic.BadRequestError, "messages.0.role"),
    ({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "y"}]}]},
     anthropic.BadRequestError, "tool_use"),
    ({"extra_body": {"mcp_servers": [{"type": "url", "url": "http://x", "name": "x"}]}}, anthropic.BadRequestError, "mcp_servers"),
    ({"extra_body": {"thread": {"type": "continue", "previous_message_id": "msg_x"}}}, anthropic.BadRequestError, "thread"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_refused(server, fields, error, words, stream):
    with pytest.raises(error) as caught:
        ask(client(server), fields.get("messages", "hello"), **{"stream": stream, **fields})
    body = caught.value.body
    assert body["type"] == "error" and words in body["error"]["message"], body
    assert body["error"]["type"] == ("not_found_error" if error is anthropic.NotFoundError else "invalid_request_error")
    assert body["request_id"] == caught.value.request_id


def test_missing_limit(server):
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: Field required"):
        client(server).post("/v1/messages", body={"model": "scripted", "messages": [{"role": "user", "content": "x"}]}, cast_to=object)


def test_keys_in_either_header(start):
    server = start("--api-key", "secret")
    assert text_of(ask(client(server, key="secret"), "[[say:in]]")) == "in"
    other = anthropic.Anthropic(base_url=root(server), api_key="", default_headers={"x-api-key": "secret", "Authorization": anthropic.omit})
    assert text_of(ask(other, "[[say:in]]")) == "in"
    for call in (lambda c: ask(c, "hello"), lambda c: list(c.models.list()),
                 lambda c: c.messages.count_tokens(model="scripted", messages=[{"role": "user", "content": "x"}])):
        with pytest.raises(anthropic.AuthenticationError) as caught:
            call(client(server, key="wrong"))
        assert caught.value.body["error"]["type"] == "authentication_error"
        assert caught.value.response.headers["x-should-retry"] == "false"
        assert "secret" not in str(caught.value.body)


def test_failed_turn(server):
    """Before any byte a failure is a status; the SDK's class says which."""
    for stream in (False, True):
        with pytest.raises(anthropic.InternalServerError) as caught:
            list(ask(client(server), "[[fail]]", stream=stream))
        assert caught.value.body["error"]["type"] == "api_error"


def test_base_url_with_version(server):
    """The mistake that everybody makes once is answered with a sentence."""
    c = anthropic.Anthropic(base_url=server.base_url, api_key="none", max_retries=0)
    try:
        assert text_of(ask(c, "[[say:here too]]")) == "here too"
    except anthropic.NotFoundError as error:
        assert "/v1" in error.body["error"]["message"] and error.body["error"]["type"] == "not_found_error"

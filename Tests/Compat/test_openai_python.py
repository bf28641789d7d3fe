"""The `openai` package against the server: JSON, SSE and WebSocket, sync and async, typed errors, lanes, reconnect."""

import asyncio
import json
import queue
import threading

import openai
import pytest
from openai.lib.responses_websocket import AsyncResponsesWebSocketSession, ResponsesWebSocketLimits

from harness.connections import outputs_for, user
from harness.openai_client import LOOKUP, async_client, client
from harness.processes import DEADLINE, HotlineServer, free_port


def collect(connection):
    """The events of one turn; an error event ends it too."""
    events = []
    for event in connection:
        events.append(event)
        if event.type in ("response.completed", "response.failed", "response.incomplete", "error"):
            return events
    raise AssertionError(f"the connection ended after {[e.type for e in events]}")


def calls_of(response):
    return [item for item in response.output if item.type == "function_call"]


# MARK: JSON and SSE


def test_json(server):
    response = client(server).responses.create(model="scripted", input="[[say:good morning]]")
    assert response.status == "completed" and response.output_text == "good morning"
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0
    assert response._request_id, "x-request-id reaches the SDK"


def test_json_async(server):
    async def run():
        async with async_client(server) as c:
            return await c.responses.create(model="scripted", input=[user("[[say:good evening]]")])

    assert asyncio.run(run()).output_text == "good evening"


def test_sse(server):
    events = list(client(server).responses.create(model="scripted", input="[[say:one two three]]", stream=True))
    assert [e.sequence_number for e in events] == list(range(len(events)))
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == "one two three"
    assert events[-1].type == "response.completed" and events[-1].response.output_text == "one two three"


def test_stream_helper(server):
    """The helper raises on a missing `created`, on deltas outside an item and on ids that change."""
    with client(server).responses.stream(model="scripted", input="[[tools:1 lookup]]", tools=[LOOKUP]) as stream:
        for _ in stream:
            pass
        assert calls_of(stream.get_final_response())[0].name == "lookup"


def test_sse_async_helper(server):
    async def run():
        async with async_client(server) as c:
            async with c.responses.stream(model="scripted", input="[[say:hello]]") as stream:
                async for _ in stream:
                    pass
                return await stream.get_final_response()

    assert asyncio.run(run()).output_text == "hello"


def test_json_chain(server):
    c = client(server)
    first = c.responses.create(model="scripted", input="[[tools:1 lookup]]", tools=[LOOKUP])
    (call,) = calls_of(first)
    second = c.responses.create(
        model="scripted",
        previous_response_id=first.id,
        tools=[LOOKUP],
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "found"}],
    )
    assert second.status == "completed" and second.previous_response_id == first.id and second.output_text


def test_parsed_output(server):
    from pydantic import BaseModel

    class Weather(BaseModel):
        city: str
        degrees: int

    parsed = client(server).responses.parse(model="scripted", input="the weather", text_format=Weather).output_parsed
    assert isinstance(parsed, Weather)


def test_models(server):
    c = client(server)
    assert "scripted" in [model.id for model in c.models.list()]
    assert c.models.retrieve("scripted").object == "model"
    with pytest.raises(openai.NotFoundError):
        c.models.retrieve("no-such-model")


def test_base_url_without_version(server):
    c = openai.OpenAI(base_url=server.base_url.removesuffix("/v1"), api_key="none", max_retries=0)
    assert c.responses.create(model="scripted", input="[[say:here too]]").output_text == "here too"
    with c.responses.connect() as connection:
        connection.response.create(model="scripted", input="[[say:and here]]")
        assert collect(connection)[-1].response.output_text == "and here"


# MARK: Typed errors


def test_bad_request_names_the_field(server):
    with pytest.raises(openai.BadRequestError) as caught:
        client(server).responses.create(
            model="scripted", input=[user("hello"), {"type": "function_call_output", "output": "no call id"}]
        )
    assert caught.value.param and caught.value.param.startswith("input[1]"), caught.value.param
    assert caught.value.code and caught.value.type == "invalid_request_error"
    assert caught.value.request_id


def test_a_lone_model_need_not_be_named(server):
    assert client(server).responses.create(input="hello").model == "scripted"


def test_unknown_model(server):
    with pytest.raises(openai.NotFoundError) as caught:
        client(server).responses.create(model="no-such-model", input="hello")
    assert caught.value.code == "model_not_found" and caught.value.param == "model"


def test_unknown_parent(server):
    with pytest.raises(openai.BadRequestError) as caught:
        client(server).responses.create(model="scripted", input="hello", previous_response_id="resp_unknown")
    assert caught.value.code == "previous_response_not_found" and caught.value.param == "previous_response_id"


def test_model_fails(server):
    with pytest.raises(openai.APIError):
        for _ in client(server).responses.create(model="scripted", input="[[fail]]", stream=True):
            pass


def test_keys(start):
    server = start("--api-key", "right", "--api-key", "also-right")
    for key in ("right", "also-right"):
        assert client(server, key).responses.create(model="scripted", input="[[say:in]]").output_text == "in"
    with pytest.raises(openai.AuthenticationError) as caught:
        client(server, "wrong").responses.create(model="scripted", input="hello")
    assert caught.value.status_code == 401 and caught.value.code == "invalid_api_key"
    assert "wrong" not in str(caught.value.body["message"]), "a message does not repeat the key"


# MARK: WebSocket


def test_socket_sync(server):
    with client(server).responses.connect() as connection:
        connection.response.create(model="scripted", input="[[say:on the line]]")
        events = collect(connection)
    assert [e.type for e in events][:2] == ["response.created", "response.in_progress"]
    assert events[-1].response.output_text == "on the line"


def test_twenty_five_tool_calls_on_one_socket(server):
    """A chain of increments with store:false: its state is in the connection only."""
    rounds = []
    with client(server).responses.connect() as connection:
        parent, fresh = None, [user('[[tools:25 lookup {"key":"k{i}"}]] go')]
        while True:
            chained = {"previous_response_id": parent} if parent else {}
            connection.response.create(model="scripted", store=False, tools=[LOOKUP], input=fresh, **chained)
            last = collect(connection)[-1]
            assert last.type == "response.completed", last
            response = last.response
            assert response.previous_response_id == parent and response.store is False
            calls = calls_of(response)
            if not calls:
                break
            rounds += [json.loads(call.arguments)["key"] for call in calls]
            parent, fresh = response.id, outputs_for([call.to_dict() for call in calls])
    assert rounds == [f"k{i}" for i in range(25)]
    assert response.output_text


def test_socket_async(server):
    async def run():
        async with async_client(server) as c, c.responses.connect() as connection:
            texts = []
            for word in ("first", "second"):
                await connection.response.create(model="scripted", input=f"[[say:{word}]]", store=False)
                async for event in connection:
                    if event.type == "response.completed":
                        texts.append(event.response.output_text)
                        break
            return texts

    assert asyncio.run(run()) == ["first", "second"]


def test_warmup(server):
    with client(server).responses.connect() as connection:
        connection.response.create(model="scripted", store=False, generate=False, input="[[say:warmed]]")
        warm = collect(connection)
        assert [e.type for e in warm] == ["response.created", "response.in_progress", "response.completed"]
        assert warm[-1].response.output == [] and warm[-1].response.usage.output_tokens == 0
        connection.response.create(
            model="scripted", store=False, input=[], previous_response_id=warm[-1].response.id
        )
        assert collect(connection)[-1].response.output_text == "warmed"


def test_lanes_of_the_session_helper(server):
    """Three lanes at once through the SDK's own router, which needs stream_id on every event of a lane."""

    async def run():
        limits = ResponsesWebSocketLimits(
            max_lanes=8, max_events_per_lane=512, max_events=4096, max_bytes_per_lane=1 << 24, max_bytes=1 << 26
        )
        async with async_client(server) as c, c.responses.connect() as connection:
            async with AsyncResponsesWebSocketSession(connection, limits=limits) as session:
                lanes = {name: session.lane(name) for name in ("red", "green", "blue")}
                for name, lane in lanes.items():
                    await lane.send({"type": "response.create", "model": "scripted", "input": f"[[say:{name}]]"})
                return {name: (await lane.get_final_response()).output_text for name, lane in lanes.items()}

    assert asyncio.run(run()) == {"red": "red", "green": "green", "blue": "blue"}


def test_fork(server):
    with client(server).responses.connect() as connection:
        connection.response.create(model="scripted", store=False, input="the beginning")
        root = collect(connection)[-1].response
        for name in ("left", "right"):
            connection.response.create(
                model="scripted", store=False, stream_id=name, previous_response_id=root.id, input=f"[[say:{name}]]"
            )
        ended = {}
        for event in connection:
            assert event.stream_id in ("left", "right")
            if event.type == "response.completed":
                ended[event.stream_id] = event.response
                if len(ended) == 2:
                    break
        # The source lane goes on from the same parent.
        connection.response.create(model="scripted", store=False, previous_response_id=root.id, input="[[say:on]]")
        assert collect(connection)[-1].response.output_text == "on"
    for name, response in ended.items():
        assert response.output_text == name and response.previous_response_id == root.id


def test_error_event_of_the_socket(server):
    with client(server).responses.connect() as connection:
        connection.response.create(model="scripted", input="hello", previous_response_id="resp_unknown")
        (event,) = collect(connection)
        assert event.status == 400 and event.error.code == "previous_response_not_found"
        assert event.error.param == "previous_response_id" and event.error.type == "invalid_request_error"
        assert event.error.message == "Previous response with id 'resp_unknown' not found."
        connection.response.create(model="scripted", input="hello", stream_id="side", previous_response_id="resp_unknown")
        (event,) = collect(connection)
        assert event.stream_id == "side"
        connection.response.create(model="no-such-model", input="hello")
        (event,) = collect(connection)
        assert event.status == 404 and event.error.code == "model_not_found"
        connection.response.create(model="scripted", input="[[say:alive]]")
        assert collect(connection)[-1].response.output_text == "alive"


def test_steer_is_declined(server):
    with client(server).responses.connect() as connection:
        connection.response.steer(input="hurry", previous_response_id="resp_running")
        event = next(iter(connection))
        assert event.type == "response.steer.failed" and event.error.code == "steering_not_supported"


def test_refused_upgrade(start):
    from websockets.exceptions import InvalidStatus

    server = start("--api-key", "right")
    with pytest.raises(InvalidStatus) as caught:
        with client(server, "wrong").responses.connect():
            pass
    assert caught.value.response.status_code == 401
    assert json.loads(caught.value.response.body)["error"]["code"] == "invalid_api_key"


def test_reconnects_after_going_away():
    """The server goes away with 1001 and comes back on its port; the SDK connects anew by itself."""
    port, attempts, answers = free_port(), queue.Queue(), queue.Queue()

    def read(connection):
        # Reading is what makes the SDK notice the close and reconnect.
        for event in connection:
            if event.type == "response.completed":
                answers.put(event.response.output_text)

    servers = [HotlineServer("--engine", "scripted", port=port)]
    try:
        servers[0].wait_ready()
        with client(servers[0]).responses.connect(on_reconnecting=attempts.put) as connection:
            threading.Thread(target=read, args=(connection,), daemon=True).start()
            connection.response.create(model="scripted", input="[[say:before]]")
            assert answers.get(timeout=DEADLINE) == "before"
            servers[0].terminate()
            assert servers[0].exit_code() == 0
            assert attempts.get(timeout=DEADLINE).close_code == 1001
            servers.append(HotlineServer("--engine", "scripted", port=port).wait_ready())
            # While it reconnects the SDK queues what is sent; afterwards it goes straight out.
            connection.response.create(model="scripted", input="[[say:after]]")
            assert answers.get(timeout=DEADLINE) == "after"
        servers[1].terminate()
        assert servers[1].exit_code() == 0
    finally:
        for server in servers:
            server.forget()

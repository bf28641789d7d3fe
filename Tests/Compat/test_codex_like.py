"""Codex CLI's frames, replayed from recordings over a bare socket: what it sends and all that it looks at."""

import copy
import json

import pytest

from harness.conformance import check_error_frame, check_stream
from harness.connections import RawSocket
from harness.processes import COMPAT


def recording(name):
    return json.loads((COMPAT / "recordings" / f"{name}.json").read_text())["exchanges"]


def frames_of(exchange):
    """The client's frames of one socket, made whole: the recording names repeated tools instead of repeating them."""
    frames = [copy.deepcopy(entry["frame"]) for entry in exchange["traffic"] if entry["from"] == "client"]
    return [frame for frame in frames if frame["type"] == "response.create"]


def tools_of(exchanges):
    return next(f["tools"] for e in exchanges for f in frames_of(e) if isinstance(f["tools"], list))


def upgrade(server, exchange):
    """The recorded handshake: the same headers in the same order, but those that name the connection."""
    own = {"host", "connection", "upgrade", "sec-websocket-version", "sec-websocket-key"}
    headers = [(name, value) for name, value in exchange["headers"] if name.lower() not in own]
    socket = RawSocket(server.port, exchange["path"], headers)
    assert socket.status == 101
    assert "sec-websocket-extensions" not in socket.headers, "permessage-deflate is declined"
    assert "sec-websocket-protocol" not in socket.headers
    return socket


def read_turn(socket):
    events = []
    while True:
        event = socket.receive_event()
        events.append(event)
        if event["type"] in ("response.completed", "response.failed", "response.incomplete", "error"):
            return events


def what_codex_sees(events):
    """Finished items and the end: Codex acts on nothing else."""
    return [e["item"] for e in events if e["type"] == "response.output_item.done"], events[-1]


def send(socket, frame, tools, parent=None):
    frame = {**frame, "model": "scripted"}
    if isinstance(frame.get("tools"), str):
        frame["tools"] = tools
    if "previous_response_id" in frame:
        frame["previous_response_id"] = parent
    socket.send_event(frame)
    return read_turn(socket)


def answers(frame, calls):
    """A recorded increment, its outputs told to answer the calls made here."""
    frame = copy.deepcopy(frame)
    for item, call in zip(frame["input"], calls, strict=True):
        assert item["type"] == "function_call_output"
        item["call_id"] = call["call_id"]
    return frame


def test_three_tool_calls(server):
    """Warmup, the first turn on top of it, then increments; store:false all the way; then the TCP connection is dropped."""
    (exchange,) = recording("codex_three_tool_calls")
    warmup, first, *increments = frames_of(exchange)
    tools = tools_of([exchange])
    socket = upgrade(server, exchange)

    events = send(socket, warmup, tools)
    assert [e["type"] for e in events] == ["response.created", "response.in_progress", "response.completed"]
    warm = check_stream(events)
    assert warm["output"] == [] and warm["usage"]["output_tokens"] == 0 and warm["store"] is False
    assert [t["type"] for t in warm["tools"]] == [t["type"] for t in tools], "tools it cannot run are echoed all the same"

    events = send(socket, first, tools, warm["id"])
    commands = []
    for frame in increments:
        items, last = what_codex_sees(events)
        check_stream(events)
        calls = [item for item in items if item["type"] == "function_call"]
        assert [c["name"] for c in calls] == ["exec_command"]
        commands += [json.loads(c["arguments"])["cmd"] for c in calls]
        # It tells now and then that it is done with a response. An answer would be read as the next turn's first event.
        socket.send_event({"type": "response.processed", "response_id": last["response"]["id"]})
        events = send(socket, answers(frame, calls), tools, last["response"]["id"])
    items, last = what_codex_sees(events)
    final = check_stream(events)
    assert [item["type"] for item in items] == ["message"] and last["type"] == "response.completed"
    assert final["usage"]["input_tokens"] > 0
    assert commands == [f"echo step-{i} >> out.txt; cat out.txt | wc -l" for i in range(3)]
    socket.vanish()


def test_first_turn_with_nothing_new(server):
    """Equal fields and equal input: Codex continues its warmup with an empty input, and expects an answer."""
    (exchange,) = recording("codex_three_tool_calls")
    warmup, first, *_ = frames_of(exchange)
    tools = tools_of([exchange])
    with upgrade(server, exchange) as socket:
        warmup["input"] += first["input"]
        warm = send(socket, warmup, tools)[-1]["response"]
        first["input"] = []
        events = send(socket, first, tools, warm["id"])
        items, _ = what_codex_sees(events)
        check_stream(events)
        assert [item.get("name") for item in items] == ["exec_command"], "the directive of the warmed input counts"


def test_resumed_conversation(server):
    """`exec resume`: a new socket, a warmup, then the history with calls and outputs that carry the client's own ids."""
    exchanges = recording("codex_resume")
    (exchange,) = exchanges
    warmup, history, increment = frames_of(exchange)
    tools = tools_of(exchanges)
    with upgrade(server, exchange) as socket:
        warm = send(socket, warmup, tools)[-1]["response"]
        events = send(socket, history, tools, warm["id"])
        items, last = what_codex_sees(events)
        check_stream(events)
        calls = [item for item in items if item["type"] == "function_call"]
        events = send(socket, answers(increment, calls), tools, last["response"]["id"])
        check_stream(events)
        assert what_codex_sees(events)[0][0]["type"] == "message"


def test_recovers_from_a_lost_parent(server):
    """An unknown parent fails with the exact code and text; on a new socket Codex then sends everything at once."""
    exchanges = recording("codex_recovers_from_lost_parent")
    tools = tools_of(exchanges)
    first_socket, second_socket = exchanges
    with upgrade(server, first_socket) as socket:
        frame = frames_of(first_socket)[-1]
        frame["previous_response_id"] = "resp_lost"
        (error,) = send(socket, frame, tools, "resp_lost")
        check_error_frame(error, status=400, code="previous_response_not_found", param="previous_response_id")
        assert error["error"]["message"] == "Previous response with id 'resp_lost' not found."
    with upgrade(server, second_socket) as socket:
        whole, *increments = frames_of(second_socket)
        events = send(socket, whole, tools)
        for frame in increments:
            items, last = what_codex_sees(events)
            check_stream(events)
            calls = [item for item in items if item["type"] == "function_call"]
            events = send(socket, answers(frame, calls), tools, last["response"]["id"])
        assert what_codex_sees(events)[0][-1]["type"] == "message"


@pytest.mark.parametrize("path", ["/v1/responses", "/responses"])
def test_no_query_and_no_beta_header_needed(server, path):
    for headers in ((), (("OpenAI-Beta", "responses_websockets=2026-02-06"),)):
        with RawSocket(server.port, path + "?client=any", headers) as socket:
            assert socket.status == 101


def test_namespace_tool_call_names_its_namespace(server):
    (exchange,) = recording("codex_three_tool_calls")
    tools = tools_of([exchange])
    group = next(tool for tool in tools if tool["type"] == "namespace")
    member = group["tools"][0]["name"]
    with upgrade(server, exchange) as socket:
        socket.send_event(
            {"type": "response.create", "model": "scripted", "store": False, "tools": [group],
             "input": [{"role": "user", "content": f"[[tools:1 {member}]]"}]}
        )
        items, _ = what_codex_sees(read_turn(socket))
    assert items[0]["type"] == "function_call"
    assert (items[0]["namespace"], items[0]["name"]) == (group["name"], member)

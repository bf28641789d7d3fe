"""The edges of the wire: keys, upgrades, frames by hand, and events that are refused while the connection lives."""

import json
import pathlib
import subprocess
import time

import pytest

from harness.conformance import check_error_body, check_error_frame, check_stream
from harness.connections import EventSocket, RawSocket, request, user
from harness.processes import free_port, server_binary


# MARK: Keys and upgrades


def test_origin_is_refused(server):
    """A web page must not reach a local server."""
    with RawSocket(server.port, headers=[("Origin", "https://evil.example")]) as raw:
        assert raw.status == 403
        assert raw.headers["content-type"].startswith("application/json")
    with RawSocket(server.port, headers=[("Origin", "null")]) as raw:
        assert raw.status == 403


def test_get_without_upgrade(server):
    status, headers, body = request(server, "GET", "/v1/responses")
    assert status == 426 and headers["upgrade"].lower() == "websocket"
    check_error_body(body)


def test_key_is_checked_before_the_upgrade(start):
    server = start("--api-key", "right")
    for headers in ((), [("Authorization", "Bearer wrong")], [("Authorization", "Basic right")]):
        with RawSocket(server.port, headers=headers) as raw:
            assert raw.status == 401
            assert raw.headers["content-type"].startswith("application/json") and raw.headers["x-request-id"]
    with RawSocket(server.port, headers=[("Authorization", "bearer right")]) as raw:
        assert raw.status == 101
    status, _, body = request(server, "POST", "/v1/responses", {"model": "scripted", "input": "hello"}, key="wrong")
    assert status == 401
    check_error_body(body, code="invalid_api_key")
    assert request(server, "GET", "/v1/models")[0] == 401
    assert request(server, "GET", "/health")[0] == 200 and request(server, "GET", "/ready")[0] == 200


def test_keys_from_the_environment(start):
    server = start(env={"HOTLINE_API_KEYS": "one,two"})
    for key, status in (("one", 200), ("two", 200), ("three", 401)):
        assert request(server, "GET", "/v1/models", key=key)[0] == status


def test_a_foreign_key_does_not_see_the_response(start):
    server = start("--api-key", "alice", "--api-key", "bob")
    status, _, mine = request(server, "POST", "/v1/responses", {"model": "scripted", "input": "hello"}, key="alice")
    assert status == 200
    body = {"model": "scripted", "input": "on", "previous_response_id": mine["id"]}
    assert request(server, "POST", "/v1/responses", body, key="alice")[0] == 200
    status, _, refused = request(server, "POST", "/v1/responses", body, key="bob")
    assert status == 400
    check_error_body(refused, code="previous_response_not_found", param="previous_response_id")
    with EventSocket(server.socket_url, key="bob") as socket:
        assert socket.turn("on", previous_response_id=mine["id"]).error["code"] == "previous_response_not_found"
    with EventSocket(server.socket_url, key="alice") as socket:
        assert not socket.turn("on", previous_response_id=mine["id"]).failed


def test_without_a_key_only_loopback(start):
    """Without keys the server must not listen beyond loopback: it says so, and either leaves or stays on loopback."""
    port = free_port()
    done = subprocess.Popen(
        [server_binary(), "serve", "--engine", "scripted", "--host", "0.0.0.0", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    try:
        text, _ = done.communicate(timeout=3)
        assert done.returncode > 0 and "key" in text.lower()
    except subprocess.TimeoutExpired:
        table = pathlib.Path("/proc/net/tcp")
        listening = table.read_text() if table.exists() else pytest.skip("tells listening addresses on Linux only")
        assert f"00000000:{port:04X}" not in listening, "listens on all addresses without a key"
    finally:
        done.kill()
        done.wait()


def test_request_id_on_everything(server):
    for method, path in (("GET", "/health"), ("GET", "/v1/models"), ("GET", "/nowhere"), ("GET", "/v1/responses")):
        assert request(server, method, path)[1].get("x-request-id"), path
    assert request(server, "GET", "/nowhere")[0] == 404
    assert request(server, "DELETE", "/v1/models")[0] in (404, 405)


# MARK: Frames


def test_binary_message(server):
    with RawSocket(server.port) as raw:
        raw.send_frame(b"\x00\x01", opcode=2)
        assert raw.close_code() == 1003


def test_unmasked_frame(server):
    with RawSocket(server.port) as raw:
        raw.send_frame('{"type":"response.create"}', masked=False)
        assert raw.close_code() == 1002


def test_reserved_bits(server):
    with RawSocket(server.port) as raw:
        raw.send_frame("{}", reserved=4)
        assert raw.close_code() == 1002


def test_text_that_is_not_utf8(server):
    with RawSocket(server.port) as raw:
        raw.send_frame(b"\xff\xfe", opcode=1)
        assert raw.close_code() == 1007


def test_message_above_the_limit(server):
    """64 MiB are taken, one byte more is not: close 1009, no JSON error, since clients watch the code."""
    mebibyte = b"x" * (1 << 20)
    with RawSocket(server.port) as raw:
        try:
            raw.send_frame(mebibyte, opcode=1, final=False)
            for _ in range(64):
                raw.send_frame(mebibyte, opcode=0, final=False)
            raw.send_frame(b"", opcode=0)
        except OSError:
            pass  # The server may close before everything is sent.
        assert raw.close_code() == 1009


def test_large_message(server):
    with EventSocket(server.socket_url) as socket:
        turn = socket.turn([user("x" * (8 << 20)), user("[[say:taken]]")], store=False)
        assert turn.text == "taken"


def test_fragments_and_pings_between(server):
    event = json.dumps({"type": "response.create", "model": "scripted", "input": "[[say:häppchen]]"},
                       ensure_ascii=False).encode()
    cut = event.index("ä".encode()) + 1  # Inside the letter: only whole messages are UTF-8.
    with RawSocket(server.port) as raw:
        raw.send_frame(event[:cut], opcode=1, final=False)
        raw.send_frame(b"ping", opcode=9)
        raw.send_frame(b"", opcode=0, final=False)
        raw.send_frame(event[cut:], opcode=0, final=True)
        assert raw.receive_frame() == (10, b"ping")
        assert raw.wait_for("response.output_text.done")["text"] == "häppchen"


def test_pong_while_the_engine_works(server):
    with RawSocket(server.port) as raw:
        raw.send_event({"type": "response.create", "model": "scripted", "store": False, "input": "[[slow:30]]"})
        raw.wait_for("response.in_progress")
        raw.send_frame(b"beat", opcode=9)
        start = time.monotonic()
        while raw.receive_frame() != (10, b"beat"):
            assert time.monotonic() - start < 10


def test_close_is_echoed_and_the_connection_ended(server):
    with RawSocket(server.port) as raw:
        raw.send_frame((4321).to_bytes(2, "big") + b"bye", opcode=8)
        assert raw.close_code() == 4321
        with pytest.raises((EOFError, ConnectionResetError)):
            raw.receive_frame()


# MARK: Events that are answered while the connection lives


@pytest.mark.parametrize("text, code", [
    ("not json", "invalid_json"), ("[1, 2]", None), ('"text"', None), ('{"no": "type"}', None),
    ('{"type": "response.append"}', "unknown_event_type"),
])
def test_bad_events_are_answered(server, text, code):
    with EventSocket(server.socket_url) as socket:
        socket.send_text(text)
        check_error_frame(socket.receive(), status=400, code=code)
        assert socket.turn("[[say:alive]]").text == "alive"


@pytest.mark.parametrize("fields, code, param", [
    ({"stream_id": ""}, "invalid_stream_id", "stream_id"),
    ({"stream_id": "no spaces"}, "invalid_stream_id", "stream_id"),
    ({"stream_id": "x" * 257}, "invalid_stream_id", "stream_id"),
    ({"stream_id": 7}, "invalid_stream_id", "stream_id"),
    ({"background": True}, None, "background"),
    ({"temperature": "warm"}, None, "temperature"),
    ({"input": 7}, None, "input"),
])
def test_bad_creates_name_their_field(server, fields, code, param):
    with EventSocket(server.socket_url) as socket:
        socket.send({"type": "response.create", "model": "scripted", "input": "hello", **fields})
        check_error_frame(socket.receive(), status=400, code=code, param=param)
        assert socket.turn("[[say:alive]]").text == "alive"


def test_ignored_fields(server):
    with EventSocket(server.socket_url) as socket:
        turn = socket.turn("[[say:fine]]", stream=True, background=False, stream_id=None, previous_response_id=None,
                           client_metadata={"a": "b"}, include=["reasoning.encrypted_content"])
        assert turn.text == "fine"


def test_queue_of_one_lane(server):
    """A second create waits in silence until the first has ended."""
    with EventSocket(server.socket_url) as socket:
        socket.create("[[slow:0.5]]", store=False)
        socket.create("[[say:second]]", store=False)
        first, second = socket.collect(), socket.collect()
        check_stream(first.events)
        assert check_stream(second.events) and second.text == "second"


def test_lanes_run_side_by_side(server):
    with EventSocket(server.socket_url) as socket:
        names = [f"lane-{i}" for i in range(4)]
        for name in names:
            socket.create("[[slow:1]]", stream_id=name, store=False)
        turns, order = socket.collect_lanes(*names)
        for name, turn in turns.items():
            check_stream(turn.events, stream_id=name)
        # Interleaved: the last lane began before the first had ended.
        assert order.index(names[-1]) < len(order) - 1 - order[::-1].index(names[0])


def test_thirty_third_lane(server):
    with EventSocket(server.socket_url) as socket:
        for i in range(32):
            assert not socket.turn("[[say:x]]", stream_id=f"n{i}", store=False).failed
        refused = socket.turn("[[say:x]]", stream_id="n32", store=False)
        check_error_frame(refused.last, status=400, code="websocket_stream_limit_reached", stream_id="n32")
        assert not socket.turn("[[say:x]]", stream_id="n0", store=False).failed
        assert not socket.turn("[[say:x]]", store=False).failed, "the default lane does not count"


def test_seventeenth_response_waits(server):
    with EventSocket(server.socket_url) as socket:
        names = [f"n{i}" for i in range(17)]
        for name in names:
            socket.create("[[slow:1]]", stream_id=name, store=False)
        turns, order = socket.collect_lanes(*names)
        assert all(not turn.failed for turn in turns.values())
        began, running, most = set(), set(), 0
        counts = {name: 0 for name in names}
        for name in order:
            counts[name] += 1
            if name not in began:
                began.add(name)
                running.add(name)
            most = max(most, len(running))
            if counts[name] == len(turns[name].events):
                running.discard(name)
        assert most == 16


def test_failed_turn_evicts_its_parent(server):
    with EventSocket(server.socket_url) as socket:
        parent = socket.turn("begin", store=False).id
        assert socket.turn("[[fail]]", previous_response_id=parent, store=False).last["type"] == "response.failed"
        again = socket.turn("on", previous_response_id=parent, store=False)
        assert again.error["code"] == "previous_response_not_found"


def test_failed_fork_keeps_its_parent(server):
    with EventSocket(server.socket_url) as socket:
        parent = socket.turn("begin", store=False).id
        assert socket.turn("[[fail]]", previous_response_id=parent, stream_id="fork", store=False).failed
        assert not socket.turn("on", previous_response_id=parent, store=False).failed

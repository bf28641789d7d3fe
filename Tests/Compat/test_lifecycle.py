"""What ends and when: clients that vanish, shutdown, and the lifetime of a connection."""

import json
import signal
import socket as tcp
import threading
import time

from harness.conformance import check_error_frame, check_stream
from harness.connections import EventSocket, RawSocket, stream
from harness.patient_engine import PatientEngine
from harness.processes import DEADLINE, wait_until

LIMIT_CODE = "websocket_connection_limit_reached"
LIMIT_TEXT = "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue."


# MARK: Clients that vanish


def test_killed_client_stops_its_generation(start_with):
    """kill -9 in mid-turn: no close frame comes, and the engine's stream is cancelled all the same."""
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient")
        raw = RawSocket(server.port)
        raw.send_event({"type": "response.create", "model": "local", "store": False, "input": "go on"})
        raw.wait_for("response.output_text.delta")
        raw.vanish()
        wait_until(engine.abandoned.is_set, "the engine's stream is cancelled")
        # The server itself goes on.
        engine.finish.set()
        with EventSocket(server.socket_url) as socket:
            assert not socket.turn("and now?", model="local").failed


def test_vanished_http_reader_stops_its_generation(start_with):
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient")
        body = json.dumps({"model": "local", "input": "go on", "stream": True})
        connection = tcp.create_connection(("127.0.0.1", server.port), timeout=DEADLINE)
        connection.sendall(
            f"POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        seen = b""
        while b"response.output_text.delta" not in seen:
            seen += connection.recv(65536)
        connection.close()
        wait_until(engine.abandoned.is_set, "the engine's stream is cancelled")


def test_closing_the_socket_stops_all_lanes(start_with):
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient")
        with EventSocket(server.socket_url) as socket:
            socket.create("go on", model="local", stream_id="one")
            socket.wait_for("response.output_text.delta")
        wait_until(engine.abandoned.is_set, "the engine's stream is cancelled")


def test_cancel_event(server):
    """pipecat's way: response.cancel, then it drains until a terminal event."""
    with EventSocket(server.socket_url) as socket:
        socket.create("[[slow:60]]", store=False)
        socket.wait_for("response.output_text.delta")
        socket.send({"type": "response.cancel"})
        turn = socket.collect()
        assert turn.last["type"] == "response.incomplete"
        assert turn.response["incomplete_details"] == {"reason": "cancelled"}
        socket.send({"type": "response.cancel"})  # Nothing to cancel: silence.
        assert socket.turn("[[say:next]]").text == "next"


# MARK: Shutdown


def test_sigterm_in_mid_turn(start):
    """The running turn finishes, new creates are refused, sockets close with 1001, and the process leaves with 0."""
    server = start()
    with EventSocket(server.socket_url) as socket, EventSocket(server.socket_url) as idle:
        socket.create("[[slow:3]]", store=False)
        socket.wait_for("response.output_text.delta")
        server.terminate()
        _, code = idle.wait_closed()
        assert code == 1001
        # Sent after the signal was handled, as the closed idle socket shows.
        socket.create("too late", stream_id="late")
        events, code = socket.wait_closed()
    mine = [e for e in events if e.get("stream_id") != "late"]
    late = [e for e in events if e.get("stream_id") == "late"]
    assert "response.completed" in [e["type"] for e in mine], [e["type"] for e in mine][-3:]
    for event in late:
        check_error_frame(event, stream_id="late")
    assert len(late) <= 1 and code == 1001
    assert server.exit_code() == 0


def test_sigterm_while_a_turn_never_ends(start_with):
    """Shutdown is bounded: a turn that does not finish is ended at the deadline."""
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient", "--shutdown-grace", "2s")
        with EventSocket(server.socket_url) as socket:
            socket.create("go on", model="local")
            socket.wait_for("response.output_text.delta")
            server.terminate()
            # The turn is told, not just dropped.
            assert socket.wait_for("response.failed")["response"]["status"] == "failed"
            assert server.exit_code(deadline=20) == 0


def test_sigint_is_a_shutdown_too(start):
    server = start()
    server.process.send_signal(signal.SIGINT)
    assert server.exit_code() == 0


def test_a_stream_over_http_finishes_at_shutdown(start):
    server, turns = start(), []
    thread = threading.Thread(
        target=lambda: turns.append(stream(server, {"model": "scripted", "input": "[[slow:2]]"})), daemon=True
    )
    with EventSocket(server.socket_url) as socket:
        thread.start()
        # A turn on the socket shows that the server is well into the other one.
        socket.turn("[[slow:0.5]]")
        server.terminate()
        assert socket.wait_closed()[1] == 1001
    thread.join(30)
    assert turns and turns[0].last["type"] == "response.completed"
    assert server.exit_code() == 0


# MARK: Lifetime


def test_lifetime_of_an_idle_socket(start):
    """The limit arrives unasked, once, and the socket closes with 1001."""
    server = start("--lifetime", "2s")
    with EventSocket(server.socket_url) as socket:
        events, code = socket.wait_closed()
    (event,) = events
    check_error_frame(event, status=400, code=LIMIT_CODE)
    # Some clients match the official text.
    assert event["error"]["message"] == LIMIT_TEXT
    assert code == 1001


def test_lifetime_gives_a_running_turn_grace(start):
    server = start("--lifetime", "2s")
    with EventSocket(server.socket_url) as socket:
        socket.create("[[slow:4]]", store=False)
        events, code = socket.wait_closed()
    completed = [e["type"] for e in events].index("response.completed")
    check_stream(events[:completed + 1])
    (limit,) = events[completed + 1:]
    check_error_frame(limit, code=LIMIT_CODE)
    assert code == 1001


def test_create_after_the_lifetime_is_refused(start):
    """While a turn has its grace, another lane's create gets the limit, exactly once and with its own stream_id."""
    server = start("--lifetime", "2s")
    opened = time.monotonic()
    with EventSocket(server.socket_url) as socket:
        socket.create("[[slow:5]]", store=False)
        refused, number = None, 0
        while refused is None:
            event = socket.receive()
            if event["type"] == "error":
                refused = event
            elif time.monotonic() - opened > 2.5 and number == 0:
                number = 1
                socket.create("[[say:late]]", stream_id="late")
            assert event["type"] != "response.completed", "the late create was not answered while the other turn ran"
        check_error_frame(refused, status=400, code=LIMIT_CODE, stream_id="late")
        events, code = socket.wait_closed()
    assert "response.completed" in [e["type"] for e in events] and code == 1001


def test_chain_is_lost_with_its_socket_and_kept_when_stored(start):
    server = start()
    with EventSocket(server.socket_url) as socket:
        stored = socket.turn("one").id
        unstored = socket.turn("two", store=False).id
    with EventSocket(server.socket_url) as socket:
        assert not socket.turn("on", previous_response_id=stored).failed
        assert socket.turn("on", previous_response_id=unstored).error["code"] == "previous_response_not_found"

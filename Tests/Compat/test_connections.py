"""Connections of clients that want no answer: how many there may be, how long each is borne, and what signals do to all of them."""

import contextlib
import os
import re
import resource
import signal
import socket as tcp
import time

import pytest

from harness.connections import EventSocket, RawSocket, request
from harness.patient_engine import PatientEngine
from harness.processes import DEADLINE, HotlineServer, http_status, wait_until

# MARK: Signals


@pytest.mark.parametrize("first, second", [("SIGTERM", "SIGTERM"), ("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT"), ("SIGHUP", "SIGTERM")])
def test_a_second_signal_ends_at_once(first, second):
    with PatientEngine() as engine, stopping("--engine", engine.url, "--model", "local=patient") as server:
        with EventSocket(server.socket_url) as socket, EventSocket(server.socket_url) as idle:
            socket.create("go on", model="local")
            socket.wait_for("response.output_text.delta")
            server.process.send_signal(getattr(signal, first))
            # The first was handled: the server goes on for the turn only.
            assert idle.wait_closed()[1] == 1001
            assert server.process.poll() is None
            server.process.send_signal(getattr(signal, second))
            assert server.exit_code() == 128 + getattr(signal, second)
            assert "server ended at once" in server.log


def test_sigquit_ends_at_once():
    with stopping("--engine", "scripted") as server, EventSocket(server.socket_url) as socket:
        socket.create("[[slow:60]]", store=False)
        socket.wait_for("response.output_text.delta")
        server.process.send_signal(signal.SIGQUIT)
        assert server.exit_code() == 128 + signal.SIGQUIT


def test_sighup_is_a_shutdown_too():
    with stopping("--engine", "scripted") as server, EventSocket(server.socket_url) as socket:
        socket.create("[[slow:1]]", store=False)
        socket.wait_for("response.output_text.delta")
        server.process.send_signal(signal.SIGHUP)
        events, code = socket.wait_closed()
        assert events[-1]["type"] == "response.completed" and code == 1001
        assert server.exit_code() == 0


def test_sighup_is_nothing_to_whoever_was_started_to_ignore_it():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        context = stopping("--engine", "scripted")
        server = context.__enter__()
    finally:
        signal.signal(signal.SIGHUP, before)
    with contextlib.ExitStack() as stack:
        stack.push(context)
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGPIPE)
        assert http_status(server.port, "/health") == 200
        server.terminate()
        assert server.exit_code() == 0


def test_nobody_holds_the_shutdown_up(start_with):
    """Silent, half sent, not read, and no answer to the close frame: all end within the grace and a little more."""
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient", "--shutdown-grace", "1s")
        with contextlib.ExitStack() as stack:
            for text in (b"", b"GET /hea", post(b"Content-Length: 1000\r\n\r\n{"), post(b"Content-Length: 1000\r\n\r\n", b"/nowhere")):
                connection = stack.enter_context(connect(server.port))
                connection.sendall(text)
            turn = stack.enter_context(RawSocket(server.port))
            turn.send_event({"type": "response.create", "model": "local", "store": False, "input": "go on"})
            turn.wait_for("response.output_text.delta")
            stack.enter_context(RawSocket(server.port))
            assert http_status(server.port, "/health") == 200
            server.terminate()
            assert server.exit_code() == 0
        assert "server stopped" in server.log and "at once" not in server.log


# MARK: Limits


def test_as_many_connections_as_files_allow():
    """With few descriptors: connections beyond the limit are refused, the log says so, and no core is spun."""
    with stopping("--engine", "scripted", descriptors=(64, 64)) as server, contextlib.ExitStack() as stack:
        told = re.search(r"descriptors limit=(\d+) connections=(\d+)", server.log)
        assert told and int(told[1]) == 64 and int(told[2]) < 64
        idle = [stack.enter_context(connect(server.port)) for _ in range(150)]
        refused = [connection for connection in idle if b" 503 " in first_bytes(connection)]
        assert refused
        wait_until(lambda: "too_many_tcp_connections" in server.log, "the log says so")
        assert server.log.count("too_many_tcp_connections") == 1
        used = cpu_seconds(server.pid)
        time.sleep(2)
        assert cpu_seconds(server.pid) - used < 0.6
        stack.close()
        wait_until(lambda: http_status(server.port, "/health") == 200, "places that were left are free")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of a running process are Linux's")
def test_accepting_rests_while_there_are_no_descriptors():
    with stopping("--engine", "scripted") as server, contextlib.ExitStack() as stack:
        limit = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        # As many as are open: also a file that a library opens would not find one.
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, limit[1]))
        for _ in range(5):
            stack.enter_context(connect(server.port))
        wait_until(lambda: "out_of_descriptors" in server.log, "the log says so")
        used = cpu_seconds(server.pid)
        time.sleep(3)
        assert cpu_seconds(server.pid) - used < 0.9
        assert server.log.count("out_of_descriptors") == 1
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limit)
        wait_until(lambda: http_status(server.port, "/health") == 200, "it goes on by itself")


def test_the_descriptor_limit_is_raised():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with stopping("--engine", "scripted", descriptors=(256, hard)) as server:
        assert f"descriptors limit={hard} " in server.log


def test_the_number_of_connections_is_a_setting(start):
    server = start("--limit", "tcp-connections=3")
    with contextlib.ExitStack() as stack:
        def comes_in():
            connection = stack.enter_context(connect(server.port))
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            return b" 200 " in first_bytes(connection, DEADLINE)

        # The one that asked whether the server is ready may still be on its way out.
        wait_until(comes_in, "the first comes in")
        assert comes_in() and comes_in()
        assert b" 503 " in first_bytes(stack.enter_context(connect(server.port)), DEADLINE)


def test_a_body_without_a_key_is_not_read_on(start):
    server = start("--api-key", "right")
    with connect(server.port) as connection:
        connection.sendall(post(b"Content-Length: 1000000000\r\n\r\n"))
        assert b" 401 " in first_bytes(connection, DEADLINE)
        sent = 0
        with pytest.raises(OSError):
            while sent < 300_000_000:
                sent += connection.send(b" " * 1_000_000)
        assert sent < 20_000_000


def test_probes_are_one_question_a_second(start_with):
    with PatientEngine() as engine:
        server = start_with("--engine", engine.url, "--model", "local=patient")
        before = engine.models_asked
        began = time.monotonic()
        for _ in range(200):
            assert request(server, "GET", "/ready")[0] == 200
        assert engine.models_asked - before <= time.monotonic() - began + 1


# MARK: Helpers


@contextlib.contextmanager
def stopping(*arguments, descriptors=None):
    """A server that its test ends; `descriptors` are its soft and its hard limit of open files."""
    server = HotlineServer(*arguments, descriptors=descriptors)
    try:
        yield server.wait_ready("/health")
    finally:
        server.forget()


def connect(port):
    return tcp.create_connection(("127.0.0.1", port), timeout=DEADLINE)


def first_bytes(connection, timeout=0.05):
    """What came, or nothing within the time."""
    connection.settimeout(timeout)
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def post(rest, path=b"/v1/responses"):
    return b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

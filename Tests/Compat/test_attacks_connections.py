"""Attacks by connections: too many, too slow, without a key, half open; and a reader that is slow but right."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

import pytest
from soak.wire import frame, handshake, post

from harness.attacks import MB, CrudeEngine, CrudeSocket, closes, cpu, descriptors, limits, rss, settled
from harness.connections import RawSocket, request
from harness.processes import HotlineServer, free_port, http_status, server_binary, serving, wait_until

pytestmark = [pytest.mark.attack, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


@pytest.fixture(scope="module")
def server(wrong_engines):
    with serving("--engine", wrong_engines, "--api-key", "k", "--shutdown-grace", "1s") as running:
        yield running


def asked(server, text):
    """Raw bytes, and the answer: the status and all of it. The connection must end, or be idle after the answer."""
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send_some(text)
        head, rest = line.head()
        return int(head.split()[1]), head.lower(), rest


# MARK: Many


def test_descriptors_run_out(attacked):
    """Right: accept waits instead of spinning, the log says so, and all is well when they are back."""
    server = attacked("--api-key", "k", descriptors=64)
    idle = []
    for _ in range(150):
        try:
            idle.append(socket.create_connection(("127.0.0.1", server.port), timeout=1))
        except OSError:
            break
    words = ("descriptor", "too many open", "emfile", "connections")
    wait_until(lambda: any(word in line.lower() for line in server.log.splitlines() for word in words), "the log says so", deadline=10)
    before = cpu(server)
    select.select([], [], [], 2)
    assert cpu(server) - before < 0.6, f"{cpu(server) - before:.2f} s of processor in 2 s while nothing happens"
    assert len(server.log) < 20_000, "it is said once, not for each"
    for one in idle:
        one.close()
    wait_until(lambda: http_status(server.port, "/health") == 200, "the server answers again")


def test_silent_connections_end(attacked):
    """Silent ones, and heads that never end, go after the time that a head may take."""
    server = attacked("--api-key", "k", *limits(head_timeout="1s"))
    silent = CrudeSocket(server.port, upgrades=False)
    begun = CrudeSocket(server.port, upgrades=False)
    begun.send(b"POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    for one in (silent, begun):
        assert closes(one, 15)
        one.close()


def test_a_head_that_comes_byte_by_byte(attacked):
    """Bytes do not prolong the time of a head."""
    server = attacked("--api-key", "k", *limits(head_timeout="1s"))
    with CrudeSocket(server.port, upgrades=False) as line:
        for byte in handshake(server.port, "k"):
            if not line.send_some(bytes([byte])) or select.select([line.tcp], [], [], 0.1)[0]:
                break
        else:
            raise AssertionError("every byte was taken")
        assert closes(line, 5)


@pytest.mark.parametrize("way", ["length", "chunks"])
def test_a_body_that_comes_byte_by_byte(attacked, way):
    """With a key: a body below the least rate ends the connection, after a grace at its beginning."""
    server = attacked("--api-key", "k", *limits(body_grace="1s"))
    with CrudeSocket(server.port, upgrades=False) as line:
        if way == "length":
            line.send(post(server.port, b'{"model":"plain","input":"', "k", length=100_000))
            part = b"x"
        else:
            line.send(post(server.port, length=False, key="k", more="Transfer-Encoding: chunked\r\n"))
            part = b"1\r\nx\r\n"
        for _ in range(150):
            if not line.send_some(part) or select.select([line.tcp], [], [], 0.1)[0]:
                break
        else:
            raise AssertionError("15 s of a byte every 100 ms were taken")
        assert closes(line, 5)


def test_more_tcp_connections_than_the_limit(attacked):
    """The ones there are go on; more are closed, and the log says so once."""
    server = attacked("--api-key", "k", *limits(tcp_connections="20"))
    with CrudeSocket(server.port, "k") as first:
        crowd = [CrudeSocket(server.port, upgrades=False) for _ in range(40)]
        ended = 0
        for one in crowd:
            ended += select.select([one.tcp], [], [], 0.2)[0] != []
        assert ended >= 20, f"{ended} of 41 above a limit of 20 were ended"
        assert first.turn()["type"] == "response.completed"
        assert server.log.lower().count("connections") < 10
        for one in crowd:
            one.close()
    wait_until(lambda: http_status(server.port, "/health") == 200, "others come in again")


def test_connections_that_come_and_go(server):
    before = descriptors(server)
    for i in range(1500):
        line = CrudeSocket(server.port, upgrades=False)
        if i % 3 == 0:
            line.send_some(b"GET /v1/resp")
        line.reset() if i % 2 else line.close()
    settled(server)
    wait_until(lambda: descriptors(server) <= before + 2, f"descriptors back to {before}")


# MARK: Without a key, or too much


@pytest.mark.parametrize("way", ["length", "chunks", "upgrade"])
def test_a_body_without_a_key_is_not_read(server, way):
    with CrudeSocket(server.port, upgrades=False, timeout=20) as line:
        part = b" " * MB
        if way == "length":
            line.send(post(server.port, length=1_000_000_000))
        elif way == "chunks":
            line.send(post(server.port, length=False, more="Transfer-Encoding: chunked\r\n"))
            part = b"%x\r\n" % MB + part + b"\r\n"
        else:
            line.send(handshake(server.port)[:-2] + b"Content-Length: 1000000000\r\n\r\n")
        sent = 0
        while sent < 100 * MB and line.send_some(part):
            sent += MB
        assert sent < 20 * MB, f"{sent // MB} MiB were taken after the 401"


def test_the_refusal_is_read_by_a_client_that_sends_on(server):
    """A lingering close: the 401 arrives although the client was still sending."""
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send(post(server.port, b" " * 200_000, length=300_000))
        head, _ = line.head()
        assert head.split()[1] == b"401" and b"connection: close" in head.lower()
        assert closes(line, 15)


def test_a_body_that_says_it_is_too_long(server):
    """413 before a byte of it was sent, and no 100 Continue."""
    text = post(server.port, length=1_000_000_000, key="k", more="Expect: 100-continue\r\n")
    status, head, _ = asked(server, text)
    assert status == 413 and b"connection: close" in head


def test_no_continue_for_what_is_refused(server):
    status, _, _ = asked(server, post(server.port, length=10, more="Expect: 100-continue\r\n"))
    assert status == 401
    status, _, _ = asked(server, post(server.port, length=10, key="k", more="Expect: 100-continue\r\n"))
    assert status == 100


def test_a_body_that_turns_out_too_long(attacked):
    server = attacked("--api-key", "k", *limits(message_bytes="1MiB"))
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send(post(server.port, length=False, key="k", more="Transfer-Encoding: chunked\r\n"))
        sent = 0
        while sent < 60 * MB and line.send_some(b"10000\r\n" + bytes(65536) + b"\r\n"):
            sent += 65536
        assert sent < 20 * MB
    with CrudeSocket(server.port, "k") as line:
        line.send_some(frame(b" " * (2 * MB)))
        assert line.close_code() == 1009


# MARK: To the letter


@pytest.mark.parametrize("head, status", [
    ("GET /v1/models HTTP/1.1\r\n", 400),
    ("GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
    ("GET /v1/models HTTP/1.1\r\nHost: a b\r\n", 400),
    ("GET /v1/models HTTP/1.1\r\nHost: a/b@c\r\n", 400),
    ("POST /v1/responses HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n", 400),
    ("POST /v1/responses HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400),
    ("POST /v1/responses HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n", 400),
    ("POST /v1/responses HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n", (400, 501)),
    ("GET /v1/models HTTP/1.1\r\nHost : a\r\n", 400),
])
def test_heads_that_are_not_http(server, head, status):
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send((head + "Authorization: Bearer k\r\n\r\n").encode())
        answer, _ = line.head()
        assert int(answer.split()[1]) in (status if isinstance(status, tuple) else (status,)), answer
        line.send_some(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b" 200 " not in line.rest(), "what follows a broken head is not another request"


def test_http_1_0(server):
    """No chunks, and the connection ends."""
    body = json.dumps({"model": "plain", "input": "hi", "stream": True}).encode()
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send(post(server.port, body, "k").replace(b"HTTP/1.1", b"HTTP/1.0"))
        answer = line.rest()
    head, _, text = answer.partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0] + b" " and b"chunked" not in head.lower()
    assert text.startswith(b"event: ") and text.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("path", ["//v1/responses", "/v1//responses", "http://127.0.0.1:{port}/v1/responses", "/v1/responses//"])
def test_spellings_of_the_sockets_path(server, path):
    """Where POST goes the socket goes; 503 would say that the server is full."""
    path = path.format(port=server.port)
    with RawSocket(server.port, path=path, headers=[("Authorization", "Bearer k")]) as raw:
        assert raw.status in (101, 404), raw.status
        opened = raw.status
    status, _, _ = asked(server, post(server.port, b'{"model":"plain","input":"hi"}', "k", path=path))
    assert (status == 200) == (opened == 101), (status, opened)


def test_lists_in_connection(server):
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send(handshake(server.port, "k").replace(b"Connection: Upgrade", b"Connection: keep-alive,  upgrade"))
        assert line.head()[0].split()[1] == b"101"
    with CrudeSocket(server.port, upgrades=False) as line:
        line.send(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: x-one, close\r\n\r\n")
        assert line.rest().startswith(b"HTTP/1.1 200")


# MARK: Slow, and right


def test_a_slow_reader_that_answers_pings_is_kept(attacked):
    """A reader below the speed of the answer gets all of it: pings go out although the socket is full, bytes taken count."""
    server = attacked("--api-key", "k", *limits(ping_interval="500ms", pong_timeout="1s", write_stall="2s"))
    with CrudeSocket(server.port, "k", receive_buffer=8192) as line:
        line.create(model="large")
        pieces = 0
        while True:
            # 4 MB in pieces of 4 kB: for the first five seconds hardly anything, then all.
            opcode, payload = line.receive(4096 if pieces < 100 else 1 << 18)
            if payload.startswith(b'{"type":"response.completed"'):
                break
            pieces += 1
            if pieces < 100:
                select.select([], [], [], 0.05)


def test_a_reader_that_takes_nothing_is_dropped(attacked):
    server = attacked("--api-key", "k", *limits(ping_interval="500ms", pong_timeout="1s", write_stall="1s"))
    with CrudeSocket(server.port, "k", receive_buffer=8192) as line:
        line.create(model="large")
        settled(server, seconds=20)


def test_a_socket_that_answers_no_ping_is_dropped(attacked):
    server = attacked("--api-key", "k", *limits(ping_interval="500ms", pong_timeout="1s"))
    with CrudeSocket(server.port, "k") as line:
        assert closes(line, 20)


# MARK: The process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(wrong_engines, number):
    """Not a time is compared but the way: the turn is not waited for, although the grace is long."""
    server = HotlineServer("--engine", wrong_engines, "--shutdown-grace", "60s")
    try:
        server.wait_ready()
        with CrudeSocket(server.port) as line:
            line.create(model="silent")
            opcode, payload = line.receive()
            assert payload.startswith(b'{"type":"response.created"')
            server.process.send_signal(number)
            wait_until(lambda: refuses(server), "the first signal was taken")
            server.process.send_signal(number)
            server.exit_code(deadline=15)
    finally:
        server.forget()


def refuses(server):
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        return False
    except OSError:
        return True


def test_a_log_pipe_that_nobody_reads(wrong_engines):
    """At the level debug, one socket after the other: lines are dropped, turns go on."""
    read_end, write_end = os.pipe()
    port = free_port()
    process = subprocess.Popen(
        [server_binary(), "serve", "--engine", wrong_engines, "--port", str(port), "--log-level", "trace", "--access-log"],
        stdin=subprocess.DEVNULL, stdout=write_end, stderr=write_end)
    os.close(write_end)
    try:
        wait_until(lambda: http_status(port, "/health") == 200, "the server")
        for _ in range(600):
            with CrudeSocket(port, timeout=5) as line:
                assert line.turn()["type"] == "response.completed"
    finally:
        process.kill()
        process.wait()
        os.close(read_end)


def test_ready_does_not_ask_the_engine_each_time(start_with):
    """At most once a second, however often it is asked."""
    with CrudeEngine(lambda *_: None) as engine:
        server = start_with("--engine", engine.url)
        before, began = engine.models, time.monotonic()
        for _ in range(200):
            assert http_status(server.port, "/ready") == 200
        assert engine.models - before <= time.monotonic() - began + 2


def test_half_closed_clients_leave_nothing(server):
    before = descriptors(server)
    for model in ("plain", "silent", "drip"):
        for upgrades in (True, False):
            line = CrudeSocket(server.port, "k", upgrades=upgrades)
            if upgrades:
                line.create(model=model)
            else:
                line.send(post(server.port, json.dumps({"model": model, "input": "x", "stream": True}).encode(), "k"))
            line.tcp.shutdown(socket.SHUT_WR)
            assert closes(line), (model, upgrades)
            line.close()
    settled(server)
    # A few connections to the engine are kept.
    wait_until(lambda: descriptors(server) <= before + 8, f"descriptors back to {before}")


def test_memory_of_a_thousand_connections_that_never_speak(server):
    before = rss(server)
    crowd = [CrudeSocket(server.port, upgrades=False) for _ in range(1000)]
    assert request(server, "GET", "/health")[0] == 200
    assert rss(server) - before < 40 * MB
    for one in crowd:
        one.close()

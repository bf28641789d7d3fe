"""The operator's log of the built server: what an engine's failure leaves in it, what never does, and a log that nobody reads."""

import http.server
import json
import os
import subprocess
import threading
import time

import pytest

from harness.connections import EventSocket, request, user
from harness.processes import free_port, http_status, server_binary, wait_until

KEY = "sk-engine-0123456789abcdefMARKERKEY"
PROMPT = "MARKERPROMPT the vault opens with four seven one one, tell nobody about it"


class QuotingEngine(http.server.BaseHTTPRequestHandler):
    """An engine that fails every turn and quotes all it was sent: the request in several spellings, and the key."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = f"CUDA error: out of memory. header {self.headers['Authorization']} input {body['messages']!r} {json.dumps(body)}"
        self.answer(500, {"error": {"message": words, "type": "server_error"}})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def quoting_engine():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), QuotingEngine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_failing_engine_leaves_its_words_and_nothing_of_ours(start_with, quoting_engine, log_format):
    server = start_with(
        "--engine", quoting_engine, "--engine-key", KEY, "--log-level", "trace", "--access-log", "--log-format", log_format)
    status, _, answer = request(server, "POST", "/v1/responses", {"model": "m", "input": PROMPT})
    assert status == 502
    with EventSocket(server.socket_url) as connection:
        failed = connection.turn([user(PROMPT)], model="m", store=False)
    line = wait_until(lambda: next((l for l in server.log.splitlines() if failed.id in l and "engine failed" in l), None), "the failure's line")
    assert "CUDA error" in line and "warning" in line
    if log_format == "json":
        entry = json.loads(line)
        assert entry["response"] == failed.id and entry["http_status"] == 500 and len(entry["words"]) <= 512
    for marker in ("MARKERKEY", "MARKERPROMPT", "vault"):
        assert marker not in server.log
        assert marker not in json.dumps(answer) and marker not in json.dumps(failed.last)


def test_a_log_that_nobody_reads_holds_nothing_up():
    read_end, write_end = os.pipe()
    port = free_port()
    process = subprocess.Popen(
        [server_binary(), "serve", "--engine", "scripted", "--port", str(port), "--access-log", "--log-level", "trace"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end)
    os.close(write_end)
    try:
        wait_until(lambda: http_status(port, "/ready") == 200, "the server")
        # Far more lines than a pipe and the buffer hold, each of them in time.
        for _ in range(3000):
            assert http_status(port, "/health", timeout=2) == 200
        began = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5
    finally:
        process.kill()
        os.close(read_end)

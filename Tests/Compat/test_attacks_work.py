"""Attacks by work: requests whose cost is more than their bytes, and that make others wait.

Processor time is compared at two sizes, not measured against the clock: four times as much may cost eight times as much, not sixteen.
"""

import json
import sys
import threading
import time

import pytest
from soak.wire import frame, post

from harness.attacks import CrudeSocket, Others, cpu, rss_peak, settled
from harness.connections import request
from harness.processes import serving

pytestmark = [pytest.mark.attack, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


@pytest.fixture(scope="module")
def server(wrong_engines):
    with serving("--engine", wrong_engines, "--shutdown-grace", "1s") as running:
        yield running


def calls_in_reverse(n):
    calls = [{"type": "function_call", "call_id": f"c{i}", "name": "f", "arguments": "{}"} for i in range(n)]
    return calls + [{"type": "function_call_output", "call_id": f"c{i}", "output": "o"} for i in reversed(range(n))]


def calls_one_by_one(n):
    return [item for i in range(n) for item in (
        {"type": "function_call", "call_id": f"c{i}", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": f"c{i}", "output": "o"})]


def custom_calls(n):
    calls = [{"type": "custom_tool_call", "call_id": f"c{i}", "name": "f", "input": "x"} for i in range(n)]
    return calls + [{"type": "custom_tool_call_output", "call_id": f"c{i}", "output": "o"} for i in reversed(range(n))]


def reasoning(n):
    thought = [{"type": "reasoning_text", "text": "hm"}]
    return [{"type": "reasoning", "id": f"rs_{i}", "summary": [], "content": thought} for i in range(n)] + [{"role": "user", "content": "so?"}]


def assistant(n):
    return [{"role": "assistant", "content": f"said {i}"} for i in range(n)] + [{"role": "user", "content": "so?"}]


def mixed_assistant(n):
    """Everything that a chat engine wants in one assistant message: thoughts, words, calls."""
    items = []
    for i in range(n // 3):
        items += [reasoning(1)[0] | {"id": f"rs_{i}"}, {"role": "assistant", "content": "w"},
                  {"type": "function_call", "call_id": f"c{i}", "name": "f", "arguments": "{}"}]
    return items + [{"type": "function_call_output", "call_id": f"c{i}", "output": "o"} for i in reversed(range(n // 3))]


SHAPES = {
    "calls in reverse": lambda n: {"input": calls_in_reverse(n)},
    "calls one by one": lambda n: {"input": calls_one_by_one(n)},
    "custom calls": lambda n: {"input": custom_calls(n)},
    "reasoning": lambda n: {"input": reasoning(4 * n)},
    "assistant messages": lambda n: {"input": assistant(4 * n)},
    "thoughts, words and calls": lambda n: {"input": mixed_assistant(n)},
    "user messages": lambda n: {"input": [{"role": "user", "content": f"m {i}"} for i in range(4 * n)]},
    "parts of a message": lambda n: {"input": [{"role": "user", "content": [{"type": "input_text", "text": f"p {i}"} for i in range(4 * n)]}]},
    "tools": lambda n: {"tools": [
        {"type": "function", "name": f"f{i}", "description": "d", "parameters": {"type": "object", "properties": {}}} for i in range(n)]},
    "one key many times": lambda n: {"metadata": "@KEYS", "keys": n},
    "escapes": lambda n: {"input": "\u0001\u2028\"\\" * (20 * n)},
}


def message(shape, n):
    """The text of a create; a list of equal keys is no dictionary, so it is written by hand."""
    fields = {"type": "response.create", "model": "plain", "store": False, "input": "hello", **SHAPES[shape](n)}
    if fields.get("metadata") == "@KEYS":
        del fields["metadata"]
        count = fields.pop("keys")
        return json.dumps(fields)[:-1] + ',"unknown":{' + ",".join(['"k":1'] * (4 * count)) + "}}"
    return json.dumps(fields)


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_bytes(server, shape):
    def cost(n):
        with CrudeSocket(server.port) as line:
            line.turn()
            before = cpu(server)
            line.send(frame(message(shape, n)))
            assert line.end()["type"] in ("response.completed", "error")
            return cpu(server) - before

    cost(200)  # What is made once, is made now.
    small, large = cost(3000), cost(12000)
    # Below 30 ms other work of the process counts as much.
    assert large < 8 * max(small, 0.03), f"3,000: {small:.3f} s of processor, 12,000: {large:.3f} s"


@pytest.mark.parametrize("over", ["socket", "HTTP"])
def test_others_have_turns_while_a_large_message_is_read(server, over):
    """More connections than loops, so some share the loop of the large one: none waits for most of its time."""
    body = {"model": "plain", "store": False, "input": calls_in_reverse(20_000)}
    text = json.dumps(body if over == "HTTP" else {"type": "response.create", **body}).encode()
    with Others(server.port, count=6) as others, CrudeSocket(server.port, upgrades=over == "socket") as line:
        began = time.monotonic()
        if over == "socket":
            line.send(frame(text))
            assert line.end()["type"] == "response.completed"
        else:
            line.send(post(server.port, text, more="Connection: close\r\n"))
            assert line.rest()[9:12] == b"200"
        took = time.monotonic() - began
    longest = others.longest_since(began)
    assert not others.faults, others.faults
    # A share of what the large one takes, not a time; below half a second other work of the machine counts as much.
    assert longest < max(took / 2, 0.5), f"another's turn took {longest:.2f} s of the {took:.2f} s of the large one"


def test_deep_nesting_is_refused(server):
    for text in ("[" * 1_000_000, '{"type":' * 200_000, '{"type":"response.create","model":"plain","input":' + "[" * 500_000 + "]" * 500_000 + "}"):
        with CrudeSocket(server.port) as line:
            line.send(frame(text))
            assert line.end()["error"]["type"] == "invalid_request_error"
            assert line.turn()["type"] == "response.completed"
        assert request(server, "POST", "/v1/responses", text, headers={"Content-Type": "application/json"})[0] == 400


def test_a_message_of_many_fragments(server):
    """Right: up to the limit they are one message, above it the connection ends with 1009; the bytes are joined once."""
    text = json.dumps({"type": "response.create", "model": "plain", "store": False, "input": "x" * 15_000}).encode()
    pieces = [frame(bytes([byte]), opcode=0 if at else 1, final=False) for at, byte in enumerate(text)]
    with CrudeSocket(server.port) as line:
        line.send(b"".join(pieces) + frame(b"", opcode=0))
        assert line.end()["type"] == "response.completed"
        line.send_some(frame(b"", final=False) + frame(b"", opcode=0, final=False) * 20_000)
        assert line.close_code() == 1009


def test_a_thousand_refused_turns_cost_little_each(server):
    """The waiting queue is full: what is refused is refused at once, and each has its one end."""
    with CrudeSocket(server.port) as line:
        line.create(model="silent")
        line.send(b"".join(
            frame(json.dumps({"type": "response.create", "model": "plain", "store": False, "input": f"{i}"})) for i in range(1000)))
        refused = 0
        for _ in range(1000 - 256):
            assert line.end()["type"] == "error"
            refused += 1
        line.send(frame('{"type":"response.cancel"}'))
        ends = [line.end()["type"] for _ in range(257)]
        assert ends[0] == "response.incomplete" and set(ends[1:]) == {"response.completed"}, (refused, ends[:3])


def test_more_lane_names_than_a_connection_may_have(server):
    with CrudeSocket(server.port) as line:
        for i in range(200):
            line.create(stream_id=f"lane-{i}")
        ends = [line.end() for _ in range(200)]
        assert sum(end["type"] == "response.completed" for end in ends) == 32
        assert line.turn()["type"] == "response.completed"


def test_many_large_messages_at_once(server):
    """As many as there are loops and more, from several connections: everything has its end, /health answers meanwhile."""
    text = frame(json.dumps({"type": "response.create", "model": "plain", "store": False, "input": calls_one_by_one(15_000)}))
    ends = []

    def one():
        with CrudeSocket(server.port) as line:
            line.send(text)
            ends.append(line.end()["type"])

    threads = [threading.Thread(target=one, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    answered = 0
    while any(thread.is_alive() for thread in threads):
        assert request(server, "GET", "/health")[0] == 200
        answered += 1
    assert ends == ["response.completed"] * 6 and answered >= 2


def test_a_client_that_goes_while_its_message_is_read(server):
    text = frame(json.dumps({"type": "response.create", "model": "plain", "store": False, "input": calls_one_by_one(20_000)}))
    for _ in range(5):
        line = CrudeSocket(server.port)
        line.send(text)
        line.reset()
    settled(server)
    assert rss_peak(server) < 1_500_000_000

"""Attacks by memory: much that is sent, kept, waiting or unread, by one; and what is left when it has gone."""

import json
import sys
import threading

import pytest
from soak.wire import frame, frame_head, post

from harness.attacks import MB, CrudeSocket, falls_below, limits, rss, rss_peak, settled

pytestmark = [pytest.mark.attack, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

BUDGET = 64 * MB
SMALL = ("--api-key", "wrong", "--api-key", "neighbour", *limits(process_memory="64MiB"))
#: What a process takes beside its budget: code, stacks, sockets' buffers, a message that is being worked on.
BESIDE = 100 * MB


def tool(name, size):
    return {"type": "function", "name": name, "description": "d" * size, "parameters": {"type": "object", "properties": {}}}


class Neighbour:
    """A small chain that must survive whatever the other key does."""

    def __init__(self, server):
        self.line = CrudeSocket(server.port, "neighbour")
        self.parent = self.line.turn()["response"]["id"]

    def goes_on(self):
        end = self.line.turn(previous_response_id=self.parent)
        assert end["type"] == "response.completed", end
        self.parent = end["response"]["id"]


def test_memory_of_closed_connections_goes_back_to_the_system(attacked):
    server = attacked()
    with CrudeSocket(server.port) as line:
        line.turn()
    before = rss(server)
    tools = [tool("f", 1_000_000)]
    lines = [CrudeSocket(server.port) for _ in range(150)]
    for line in lines:
        assert line.turn(tools=tools)["type"] == "response.completed"
    idle = rss(server)
    for line in lines:
        line.close()
    settled(server)
    falls_below(server, before + 150_000_000, f"{before / 1e6:.0f} MB at the start, {idle / 1e6:.0f} with 150 idle connections, then")


def test_equal_tools_of_many_connections_are_kept_once(attacked):
    server = attacked()
    with CrudeSocket(server.port) as line:
        line.turn()
    before, tools = rss(server), [tool("f", 900_000)]
    lines = [CrudeSocket(server.port) for _ in range(100)]
    for line in lines:
        line.turn(tools=tools)
    try:
        # The same 0.9 MB a hundred times; the larger share of them would be 90 MB and more.
        falls_below(server, before + 60 * MB, "with a hundred equal sets of tools")
    finally:
        for line in lines:
            line.close()


def test_rendered_tools_go_with_their_connection(attacked):
    """Eight sets of 12 MiB, one connection after the other, not stored: nothing of them is held afterwards."""
    # These make the allocator give back what is freed, so that what stays is really held.
    server = attacked(env={"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"})
    with CrudeSocket(server.port) as line:
        line.turn()
    before = rss(server)
    for i in range(8):
        with CrudeSocket(server.port) as line:
            assert line.turn(tools=[tool(f"f{i}", 12 * MB)])["type"] == "response.completed"
    settled(server)
    falls_below(server, before + 60 * MB, "after eight connections with 12 MiB of tools each")


@pytest.mark.parametrize("way", ["frame", "fragments", "body", "chunks"])
def test_halves_of_messages_are_within_the_budget(attacked, way):
    """Fifty times 6 MB that are never completed: the largest give way, the neighbour does not."""
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    part, lines = b" " * (6 * MB), []
    for _ in range(50):
        line = CrudeSocket(server.port, "wrong", upgrades=way in ("frame", "fragments"))
        line.send_some({
            "frame": lambda: frame_head(60 * MB) + part,
            "fragments": lambda: frame(part, final=False),
            "body": lambda: post(server.port, part, "wrong", length=60 * MB),
            "chunks": lambda: post(
                server.port, b"%x\r\n" % len(part) + part + b"\r\n", "wrong", length=False, more="Transfer-Encoding: chunked\r\n"),
        }[way]())
        lines.append(line)
        neighbour.goes_on()
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE, f"{rss_peak(server) / 1e6:.0f} MB for 300 MB of halves"
    for line in lines:
        line.reset()
    neighbour.goes_on()
    neighbour.line.close()
    settled(server)


def test_waiting_turns_are_within_the_budget(attacked):
    """Behind a silent engine, turns of 20 MB on a dozen connections: each has its end, most of them a refusal."""
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    text = frame(json.dumps({"type": "response.create", "model": "plain", "store": False, "input": "x" * (20 * MB)}))
    lines = []
    for _ in range(12):
        line = CrudeSocket(server.port, "wrong")
        line.create(model="silent")
        line.send_some(text)
        lines.append(line)
        neighbour.goes_on()
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE, f"{rss_peak(server) / 1e6:.0f} MB for 240 MB that wait"
    for line in lines:
        line.reset()
    neighbour.goes_on()
    neighbour.line.close()
    settled(server)


@pytest.mark.parametrize("stream", [True, False], ids=["SSE", "JSON"])
def test_answers_that_nobody_reads(attacked, stream):
    """Thirty answers without an end whose readers do not read: what is unsent or collected is in the accounts."""
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    body = json.dumps({"model": "endless", "input": "go", "store": False, "stream": stream}).encode()
    lines = []
    for _ in range(30):
        line = CrudeSocket(server.port, receive_buffer=4096, upgrades=False)
        line.send(post(server.port, body, "wrong"))
        lines.append(line)
    for _ in range(100):
        neighbour.goes_on()
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE, f"{rss_peak(server) / 1e6:.0f} MB for thirty unread answers"
    for line in lines:
        line.reset()
    neighbour.line.close()
    settled(server)


def test_sockets_that_do_not_read(attacked):
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    lines = []
    for _ in range(30):
        line = CrudeSocket(server.port, "wrong", receive_buffer=4096)
        for lane in range(4):
            line.create(model="large", stream_id=f"l{lane}")
        lines.append(line)
    for _ in range(100):
        neighbour.goes_on()
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE, f"{rss_peak(server) / 1e6:.0f} MB"
    for line in lines:
        line.reset()
    neighbour.line.close()
    settled(server)


def test_pings_whose_pongs_nobody_reads(attacked):
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    line = CrudeSocket(server.port, "wrong", receive_buffer=4096, timeout=2)
    pings = frame(b"x" * 120, opcode=9) * 2000
    for _ in range(200):
        if not line.send_some(pings):  # Held back, or closed: both are right.
            break
    neighbour.goes_on()
    assert rss_peak(server) < start + BUDGET
    line.reset()
    neighbour.line.close()


def test_pipelined_requests_whose_answers_nobody_reads(attacked):
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    line = CrudeSocket(server.port, receive_buffer=4096, upgrades=False, timeout=2)
    many = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer wrong\r\n\r\n" * 500
    for _ in range(100):
        if not line.send_some(many):
            break
    neighbour.goes_on()
    assert rss_peak(server) < start + BUDGET
    line.reset()
    neighbour.line.close()


def test_one_keys_flood_of_the_store_drives_out_its_own(attacked):
    server = attacked(*SMALL)
    with CrudeSocket(server.port, "neighbour") as line:
        parent = None
        for i in range(10):
            parent = line.turn(f"turn {i}", store=True, previous_response_id=parent)["response"]["id"]
    start = rss(server)
    text = "s" * MB
    threads = [threading.Thread(target=flood, args=(server, text, 40), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Another connection, so it is the store's, not a connection's memory.
    with CrudeSocket(server.port, "neighbour") as line:
        end = line.turn("on", store=True, previous_response_id=parent)
        assert end["type"] == "response.completed", end
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE
    settled(server)


def flood(server, text, turns):
    line = CrudeSocket(server.port, "wrong")
    for _ in range(turns):
        if outcome(line, text, store=True) is None:
            line.close()
            line = CrudeSocket(server.port, "wrong")
    line.close()


def outcome(line, text, **fields):
    """The response's id; None for an error or an end of the connection that says that memory is used up."""
    try:
        end = line.turn(text, **fields)
    except EOFError as error:
        assert "1013" in str(error), error
        return None
    except ConnectionError:
        return None
    if end["type"] == "response.completed":
        return end["response"]["id"]
    code = (end.get("error") or end["response"]["error"])["code"]
    assert code in ("previous_response_not_found", "server_is_overloaded"), end
    return None


def test_one_keys_chains_in_memory_drive_out_its_own(attacked):
    """Not stored, many connections with a few MB each: the biggest holder loses its chain, with an error that says so."""
    server = attacked(*SMALL)
    neighbour, start = Neighbour(server), rss(server)
    text, held = "s" * (4 * MB), []
    for _ in range(30):
        line = CrudeSocket(server.port, "wrong")
        held.append((line, outcome(line, text)))
        neighbour.goes_on()
    assert rss_peak(server) < start + 2 * BUDGET + BESIDE
    lost = 0
    for line, parent in held:
        end = parent and outcome(line, "on", previous_response_id=parent)
        lost += end is None
    assert lost, "120 MB in a budget of 64"
    for line, _ in held:
        line.close()
    neighbour.goes_on()
    neighbour.line.close()


def test_large_instructions_are_not_kept(attacked):
    server = attacked(*SMALL)
    with CrudeSocket(server.port, "wrong") as line:
        line.turn()
        before = rss(server)
        for i in range(10):
            assert line.turn(instructions=f"{i}" + "x" * (4 * MB))["type"] == "response.completed"
    settled(server)
    falls_below(server, before + 60 * MB, "after ten turns with 4 MB of instructions")


def test_large_tools_over_http(attacked):
    server = attacked(*SMALL)
    neighbour, before = Neighbour(server), rss(server)
    for i in range(6):
        body = json.dumps({"model": "plain", "input": "hi", "store": False, "tools": [tool(f"f{i}", 3 * MB)]}).encode()
        line = CrudeSocket(server.port, upgrades=False)
        line.send(post(server.port, body, "wrong", more="Connection: close\r\n"))
        assert line.rest()[9:12] == b"200"
        line.close()
        neighbour.goes_on()
    falls_below(server, before + BUDGET + BESIDE // 2, "after six sets of tools of 3 MB over HTTP")
    neighbour.line.close()


def test_large_messages_of_clients_that_go(attacked):
    server = attacked(*SMALL)
    neighbour, before = Neighbour(server), rss(server)
    text = frame(json.dumps({"type": "response.create", "model": "silent", "store": True, "input": "x" * (8 * MB)}))
    for _ in range(30):
        line = CrudeSocket(server.port, "wrong")
        line.send_some(text)
        line.reset()
    neighbour.goes_on()
    neighbour.line.close()
    settled(server)
    falls_below(server, before + BUDGET + BESIDE // 2, "after thirty clients that left 8 MB behind")

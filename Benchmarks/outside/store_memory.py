#!/usr/bin/env python3
"""What a server's memory comes to under a load of stored turns: it must stay within the budget and a fifth.

    python store_memory.py HOTLINE [--turns 20000] [--bytes 40000] [--chain 10] [--connections 8] [--budget-mib 512]

Starts `HOTLINE serve` with the scripted engine on a free port of loopback, sends stored turns over WebSockets, each chain as
long as --chain, and prints the resident memory at the start, at its highest and two seconds after the last connection closed.
--budget-mib is what the store and the cache of its chains may take together (384 + 128 by default). Each turn brings so many
bytes, all different. Responses are kept in memory, or where HOTLINE_STORE says. Only the standard library. Counts bytes, not time: it may run beside other work.
"""
import argparse, base64, json, os, socket, struct, subprocess, sys, tempfile, threading, time

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("hotline"); ap.add_argument("--turns", type=int, default=20000); ap.add_argument("--bytes", type=int, default=40000)
ap.add_argument("--chain", type=int, default=10); ap.add_argument("--connections", type=int, default=8)
ap.add_argument("--budget-mib", type=float, default=512); ap.add_argument("--instructions", type=int, default=0)
ap.add_argument("serve", nargs="*", help="more arguments of serve, behind --")
a = ap.parse_args()


def frame(payload):
    n = len(payload)
    head = bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 65536 else b"\xff" + struct.pack(">Q", n)
    return b"\x81" + head + bytes(4) + payload            # masked with zeros


class Line:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall((f"GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode())
        self.buffer = bytearray()
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.receive()
        del self.buffer[:self.buffer.index(b"\r\n\r\n") + 4]

    def receive(self):
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise EOFError("the server closed the connection")
        return piece

    def need(self, n):
        while len(self.buffer) < n:
            self.buffer += self.receive()

    def message(self):
        while True:
            self.need(2)
            kind, n, at = self.buffer[0] & 15, self.buffer[1] & 127, 2
            if n == 126:
                self.need(4); n, at = int.from_bytes(self.buffer[2:4], "big"), 4
            elif n == 127:
                self.need(10); n, at = int.from_bytes(self.buffer[2:10], "big"), 10
            self.need(at + n)
            payload = bytes(self.buffer[at:at + n])
            del self.buffer[:at + n]
            if kind == 1:
                return payload
            if kind == 8:
                raise EOFError(f"closed: {payload!r}")

    def turn(self, **fields):
        """The response's id; the reason in words when the turn failed."""
        self.socket.sendall(frame(json.dumps({"type": "response.create", "model": "scripted", "store": True, **fields}).encode()))
        while True:
            event = json.loads(self.message())
            if event["type"] == "response.completed":
                return event["response"]["id"], None
            if event["type"] in ("response.failed", "response.incomplete", "error"):
                return None, json.dumps(event)[:200]


with socket.socket() as s:
    s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]
state = tempfile.TemporaryDirectory(prefix="hotline-state-")
process = subprocess.Popen([a.hotline, "serve", "--port", str(port), "--engine", "scripted", *a.serve],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={"HOTLINE_STORE": "memory", **os.environ, "HOTLINE_STATE": state.name})


def stat():
    with open(f"/proc/{process.pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def rss():
    return int(stat()[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def load(count, failed):
    line, parent = Line(port), None
    text = "x" * max(a.bytes - 40, 1)
    for number in range(count):
        fields = {"input": f"[[say:ok]] {os.urandom(8).hex()} {text}"}
        if a.instructions:
            fields["instructions"] = "i" * a.instructions
        if parent:
            fields["previous_response_id"] = parent
        parent, why = line.turn(**fields)
        if why:
            failed.append(why)
        elif (number + 1) % a.chain == 0:
            parent = None
    line.socket.close()


try:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close(); break
        except OSError:
            time.sleep(0.05)
    Line(port).turn(input="hi")
    start, highest, failed, faults = rss(), 0.0, [], int(stat()[7])
    threads = [threading.Thread(target=load, args=(a.turns // a.connections, failed)) for _ in range(a.connections)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        highest = max(highest, rss()); time.sleep(0.05)
    loaded = rss(); time.sleep(2)
    limit = start + a.budget_mib * 1.2
    print(f"{a.turns} turns of {a.bytes} bytes: start {start:.0f} MiB, highest {highest:.0f}, at the end {loaded:.0f}, two seconds later {rss():.0f}; "
          f"limit {limit:.0f}; {int(stat()[7]) - faults} page faults; {len(failed)} turns failed{': ' + failed[0] if failed else ''}")
    sys.exit(0 if highest <= limit and not failed else 1)
finally:
    process.kill(); process.wait()

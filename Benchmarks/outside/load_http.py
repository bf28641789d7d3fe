#!/usr/bin/env python3
"""Closed-loop load on one streaming endpoint, HTTP or WebSocket, with little cost of its own.

    python load_http.py URL [-c 1] [-t 5] [--warm 1] [--model tiny] [--body JSON] [--header 'K: V'] [--json]

URL ends in /chat/completions or /responses (http://: one POST with "stream": true per request on
kept-alive connections; ws://: one response.create message per request on one connection each).
Times one request from its write to the first text delta ("first") and to the end of the answer ("whole").
A request is good when the end mark came: [DONE] or response.completed. Only the standard library;
uses uvloop when it is installed. Addresses other than loopback are refused.
"""
import argparse, asyncio, base64, json, os, socket, struct, sys, time, urllib.parse

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("url"); ap.add_argument("-c", type=int, default=1); ap.add_argument("-t", type=float, default=5)
ap.add_argument("--warm", type=float, default=1); ap.add_argument("--model", default="tiny"); ap.add_argument("--body")
ap.add_argument("--header", action="append", default=[]); ap.add_argument("--json", action="store_true")
ap.add_argument("--label", default=""); ap.add_argument("--new-connections", action="store_true", help="HTTP: one connection per request")
ap.add_argument("--no-stream", action="store_true", help="HTTP: one JSON answer instead of a stream")
a = ap.parse_args()
u = urllib.parse.urlparse(a.url)
host, port = u.hostname, u.port or 80
if not socket.gethostbyname(host).startswith("127."):
    sys.exit("loopback only")
ws, chat, messages = u.scheme == "ws", u.path.endswith("/chat/completions"), u.path.endswith("/messages")
body = json.loads(a.body) if a.body else {"messages": [{"role": "user", "content": "hello"}]} if chat or messages else {"input": "hello"}
body["model"] = a.model
if messages:
    body.setdefault("max_tokens", 4096)
if ws:
    body = {"type": "response.create", **body}
else:
    body["stream"] = not a.no_stream
    if chat and not a.no_stream:
        body.setdefault("stream_options", {"include_usage": True})
data = json.dumps(body).encode()
extra = "".join(h + "\r\n" for h in a.header)
target = u.path + ("?" + u.query if u.query else "")
POST = (f"POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n{extra}"
        f"Content-Length: {len(data)}\r\n" + ("Connection: close\r\n" if a.new_connections else "") + "\r\n").encode() + data
UPGRADE = (f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n{extra}\r\n").encode()
FIRST = b'"content":"' if chat else b"text_delta" if messages else b"response.output_text.delta"
FIRST2 = b'"content": "' if chat else FIRST                 # engines write JSON with or without spaces
ENDS = (b"[DONE]",) if chat else (b"message_stop",) if messages else (b"response.completed",)
# in a WebSocket message "type" may stand first or last, with or without a space
WS_END = tuple(b'"type":%s"response.completed"' % sp for sp in (b"", b" "))
WS_BAD = tuple(b'"type":%s"%s"' % (sp, t) for sp in (b"", b" ") for t in (b"response.failed", b"response.incomplete", b"error"))


def frame(payload):
    mask = os.urandom(4)
    n = len(payload)
    head = b"\x81" + (bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 65536 else b"\xff" + struct.pack(">Q", n))
    key = int.from_bytes((mask * (n // 4 + 1))[:n], "big")
    return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(n, "big")


class State:
    good = bad = ended = 0                                    # ended: all, those outside the measured time too
    first, whole, why = [], [], {}
    measuring = False
    stop = False


class Client(asyncio.Protocol):
    def __init__(self, done):
        self.done, self.buf, self.open, self.finished = done, bytearray(), not ws, False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ws:
            transport.write(UPGRADE)
        else:
            self.begin()

    def begin(self):
        self.buf.clear()
        self.t0, self.t1, self.seen = time.perf_counter(), None, 0
        self.transport.write(frame(data) if ws else POST)

    def data_received(self, chunk):
        self.buf += chunk
        b = self.buf
        if not self.open:                                     # the upgrade's answer
            i = b.find(b"\r\n\r\n")
            if i < 0:
                return
            if b" 101 " not in b[:20]:
                return self.fail(bytes(b[:200]))
            del b[: i + 4]
            self.open = True
            self.begin()
            return
        if self.t1 is None and (b.find(FIRST, self.seen) >= 0 or (FIRST2 is not FIRST and b.find(FIRST2, self.seen) >= 0)):
            self.t1 = time.perf_counter()
        if ws:
            while len(b) - self.seen >= 2:                    # whole frames only
                n, at = b[self.seen + 1] & 127, self.seen + 2
                if n == 126:
                    n, at = int.from_bytes(b[at:at + 2], "big"), at + 2
                elif n == 127:
                    n, at = int.from_bytes(b[at:at + 8], "big"), at + 8
                if len(b) < at + n:
                    return
                self.seen = at + n
                kind, text = b[at - 2], b[at:at + n]
                if kind & 15 == 8:
                    return self.fail(b"closed " + bytes(text[:200]))
                if any(e in text for e in WS_END):
                    return self.end(True)
                if any(e in text for e in WS_BAD):
                    return self.end(False, bytes(text[:300]))
            return
        if a.no_stream:
            i = b.find(b"\r\n\r\n")
            length = next((int(line[15:]) for line in bytes(b[:max(i, 0)]).lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
            if length is not None and len(b) >= i + 4 + length:
                ok = b.startswith(b"HTTP/1.1 200") and (chat or messages or b'"status":"completed"' in b)
                self.end(ok, bytes(b[:300]) if not ok else None)
            return
        if b[-5:] == b"0\r\n\r\n":
            ok = b.startswith(b"HTTP/1.1 200") and any(e in b for e in ENDS)
            self.end(ok, bytes(b[:300]) if not ok else None)
        elif not b.startswith(b"HTTP/1.1 200") and b.find(b"\r\n\r\n") >= 0 and b"hunked" not in b[:600]:
            i = b.find(b"\r\n\r\n")
            for line in bytes(b[:i]).lower().split(b"\r\n"):
                if line.startswith(b"content-length:") and len(b) >= i + 4 + int(line[15:]):
                    return self.end(False, bytes(b[:400]))
        self.seen = max(0, len(b) - 64)

    def end(self, ok, why=None):
        now = time.perf_counter()
        State.ended += 1
        if State.measuring and not State.stop:
            if ok:
                State.good += 1
                State.whole.append(now - self.t0)
                State.first.append((self.t1 or now) - self.t0)
            else:
                State.bad += 1
                key = (why or b"?").decode(errors="replace")
                State.why[key] = State.why.get(key, 0) + 1
        if State.stop:
            self.finish()
        elif a.new_connections and not ws:
            self.finish()
        else:
            self.begin()

    def fail(self, why):
        State.bad += 1
        State.why[why.decode(errors="replace")] = State.why.get(why.decode(errors="replace"), 0) + 1
        self.finish()

    def finish(self):
        self.finished = True
        if ws and self.open:
            self.transport.write(b"\x88\x82" + bytes(4) + b"\x03\xe8")     # close, 1000
        self.transport.close()

    def connection_lost(self, exc):
        if not self.finished and not State.stop and State.measuring:
            State.bad += 1
            State.why["connection lost"] = State.why.get("connection lost", 0) + 1
        if not self.done.done():
            self.done.set_result(None)


async def worker():
    loop = asyncio.get_running_loop()
    while not State.stop:
        done = loop.create_future()
        try:
            await loop.create_connection(lambda: Client(done), host, port)
        except OSError as e:
            State.bad += 1
            State.why[str(e)] = State.why.get(str(e), 0) + 1
            await asyncio.sleep(0.2)
            continue
        await done
        if State.bad > 50 and not State.good:
            return


def q(v, p):
    return sorted(v)[min(len(v) - 1, int(len(v) * p))] * 1000 if v else float("nan")


async def main():
    tasks = [asyncio.create_task(worker()) for _ in range(a.c)]
    await asyncio.sleep(a.warm)
    State.measuring, t, cpu = True, time.perf_counter(), time.process_time()
    await asyncio.sleep(a.t)
    wall, cpu = time.perf_counter() - t, time.process_time() - cpu
    State.stop = True
    if not State.good and not State.bad:
        State.bad, State.why["no answer ended: hung, or not understood by this client"] = a.c, a.c
    # let answers under way end (they are not counted): some servers suffer when a client vanishes in the middle
    await asyncio.wait(tasks, timeout=4)
    for task in tasks:
        task.cancel()
    r = {"label": a.label, "url": a.url, "c": a.c, "good": State.good, "bad": State.bad, "ended": State.ended, "rps": round(State.good / wall, 1),
         **{f"{n}_{p}": round(q(v, x), 3) for n, v in (("first", State.first), ("whole", State.whole)) for p, x in (("p50", .5), ("p99", .99))},
         "client_cpu": round(cpu / wall, 2)}
    if a.json:
        print(json.dumps(r))
    else:
        print(f"{a.label:22} c={a.c:<3} {r['rps']:9.1f}/s  first p50 {r['first_p50']:8.2f} p99 {r['first_p99']:8.2f}  whole p50 {r['whole_p50']:8.2f} p99 {r['whole_p99']:8.2f} ms"
              f"  good {State.good} bad {State.bad}  client {r['client_cpu']:.0%} cpu")
    for k, n in list(State.why.items())[:3]:
        print(f"   {n} x {k!r}", file=sys.stderr)

try:
    import uvloop
    uvloop.run(main())
except ImportError:
    asyncio.run(main())

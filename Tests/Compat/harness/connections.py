"""Plain clients for the tests: one that speaks events over a WebSocket, one that speaks bytes, and HTTP with SSE."""

import base64
import contextlib
import http.client
import json
import os
import socket
import struct
import time
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .processes import DEADLINE

TERMINAL = ("response.completed", "response.failed", "response.incomplete")


@dataclass
class Turn:
    """What one `response.create` brought: every event up to the terminal one, or up to the `error` frame."""

    events: list = field(default_factory=list)
    #: Seconds from the send to the first delta of text or arguments; None without one.
    first_token: float | None = None

    @property
    def last(self):
        return self.events[-1]

    @property
    def types(self):
        return [event["type"] for event in self.events]

    @property
    def failed(self):
        return self.last["type"] in ("error", "response.failed")

    @property
    def error(self):
        """The error of a failed turn in either form: {code, message, ...}."""
        return self.last["error"] if self.last["type"] == "error" else self.last["response"]["error"]

    @property
    def response(self):
        assert self.last["type"] in TERMINAL, self.last
        return self.last["response"]

    @property
    def id(self):
        return self.response["id"]

    @property
    def text(self):
        return text_of(self.response)

    @property
    def calls(self):
        return [item for item in self.response["output"] if item["type"] == "function_call"]


def text_of(response):
    return "".join(
        part.get("text", "") for item in response["output"] if item["type"] == "message" for part in item["content"]
    )


def user(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def outputs_for(calls, text="done"):
    return [{"type": "function_call_output", "call_id": call["call_id"], "output": text} for call in calls]


class EventSocket:
    """One WebSocket connection, JSON in and out."""

    def __init__(self, url, key=None, headers=None, **options):
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = f"Bearer {key}"
        options.setdefault("compression", None)
        self.socket = connect(url, additional_headers=sent, max_size=None, open_timeout=DEADLINE, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.socket.close()

    def send(self, event):
        self.socket.send(json.dumps(event))

    def send_text(self, text):
        self.socket.send(text)

    def create(self, input, model="scripted", **fields):
        """Sends one create and returns at once."""
        self.send({"type": "response.create", "model": model, "input": input, **fields})

    def receive(self, deadline=DEADLINE):
        message = self.socket.recv(timeout=deadline)
        assert isinstance(message, str), "the server sent a binary message"
        return json.loads(message)

    def collect(self, stream_id=None, deadline=DEADLINE):
        """The events of the running turn of one lane; events of other lanes are a failure here."""
        turn, start = Turn(), time.monotonic()
        while True:
            event = self.receive(deadline)
            assert event.get("stream_id") == stream_id, f"an event of another lane: {event}"
            self._note(turn, event, start)
            if event["type"] in TERMINAL or event["type"] == "error":
                return turn

    def collect_lanes(self, *stream_ids, deadline=DEADLINE):
        """The turns of several lanes running at once, by their stream_id, and the order in which the events came."""
        turns, order, start = {stream_id: Turn() for stream_id in stream_ids}, [], time.monotonic()
        open_lanes = set(stream_ids)
        while open_lanes:
            event = self.receive(deadline)
            stream_id = event.get("stream_id")
            assert stream_id in open_lanes, f"an event of no running lane: {event}"
            order.append(stream_id)
            self._note(turns[stream_id], event, start)
            if event["type"] in TERMINAL or event["type"] == "error":
                open_lanes.discard(stream_id)
        return turns, order

    def turn(self, input, deadline=DEADLINE, **fields):
        """Sends one create and collects its events."""
        self.create(input, **fields)
        return self.collect(fields.get("stream_id"), deadline)

    def wait_for(self, kind, deadline=DEADLINE):
        """Reads on until an event of this type comes, and returns it."""
        while True:
            event = self.receive(deadline)
            if event["type"] == kind:
                return event
            assert event["type"] not in (*TERMINAL, "error"), f"waited for {kind}, got {event}"

    def wait_closed(self, deadline=DEADLINE):
        """Reads until the server closes; returns the events seen on the way and the close code."""
        seen, end = [], time.monotonic() + deadline
        while True:
            try:
                seen.append(json.loads(self.socket.recv(timeout=max(0.01, end - time.monotonic()))))
            except ConnectionClosed as closed:
                return seen, closed.rcvd.code if closed.rcvd else 1006

    @staticmethod
    def _note(turn, event, start):
        turn.events.append(event)
        if turn.first_token is None and event["type"].endswith(".delta"):
            turn.first_token = time.monotonic() - start


class RawSocket:
    """A WebSocket by hand, for what no library would send. Reads frames, not messages."""

    def __init__(self, port, path="/v1/responses", headers=()):
        self.tcp = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *(f"{name}: {value}" for name, value in headers),
        ]
        self.tcp.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *rest = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in rest)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tcp.close()

    def _more(self):
        chunk = self.tcp.recv(65536)
        if not chunk:
            raise EOFError("the server closed the TCP connection")
        self.buffer += chunk

    def send_frame(self, payload=b"", opcode=1, final=True, masked=True, reserved=0):
        if isinstance(payload, str):
            payload = payload.encode()
        size, mask_bit = len(payload), 0x80 if masked else 0
        head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
        if size < 126:
            head += bytes([mask_bit | size])
        elif size < 65536:
            head += bytes([mask_bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", size)
        if masked:
            mask = os.urandom(4)
            key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
            payload = mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
        self.tcp.sendall(head + payload)

    def send_event(self, event):
        self.send_frame(json.dumps(event))

    def receive_frame(self):
        """(opcode, payload) of the next frame; a server's frames are never masked."""
        while True:
            if len(self.buffer) >= 2:
                size, at = self.buffer[1] & 0x7F, 2
                assert not self.buffer[1] & 0x80, "the server masked a frame"
                if size == 126 and len(self.buffer) >= 4:
                    size, at = struct.unpack(">H", self.buffer[2:4])[0], 4
                elif size == 127 and len(self.buffer) >= 10:
                    size, at = struct.unpack(">Q", self.buffer[2:10])[0], 10
                elif size > 125:
                    at = None
                if at and len(self.buffer) >= at + size:
                    opcode, payload = self.buffer[0] & 15, self.buffer[at:at + size]
                    self.buffer = self.buffer[at + size:]
                    return opcode, payload
            self._more()

    def receive_event(self):
        while True:
            opcode, payload = self.receive_frame()
            if opcode == 1:
                return json.loads(payload)

    def wait_for(self, kind):
        while True:
            event = self.receive_event()
            if event["type"] == kind:
                return event

    def close_code(self):
        """Reads until the server's close frame; its code, or 1006 when the TCP connection just ends."""
        try:
            while True:
                opcode, payload = self.receive_frame()
                if opcode == 8:
                    return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
        except (EOFError, ConnectionResetError):
            return 1006

    def vanish(self):
        """Ends like a killed process: no close frame, and a reset rather than an orderly end."""
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()


def request(server, method, path, body=None, key=None, headers=None, deadline=DEADLINE):
    """One HTTP request; returns (status, headers, parsed JSON or text)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=deadline)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    if key:
        sent["Authorization"] = f"Bearer {key}"
    sent.update(headers or {})
    try:
        connection.request(method, path, json.dumps(body) if isinstance(body, (dict, list)) else body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        names = {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
    return answer.status, names, json.loads(text) if "json" in names.get("content-type", "") else text


def stream(server, body, key=None, deadline=DEADLINE):
    """One streamed create over HTTP; a Turn of its events. The framing of the SSE is checked on the way."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=deadline)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    try:
        connection.request("POST", "/v1/responses", json.dumps({**body, "stream": True}), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 200, text
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    assert "\r" not in text, "SSE lines end with a bare newline"
    records = text.split("\n\n")
    assert records[-1] == "" and records[-2] == "data: [DONE]", records[-2:]
    turn = Turn()
    for record in records[:-2]:
        lines = [line for line in record.split("\n") if not line.startswith(":")]
        if not lines:
            continue
        assert len(lines) == 2 and lines[0].startswith("event: ") and lines[1].startswith("data: "), record
        event = json.loads(lines[1][6:])
        assert event["type"] == lines[0][7:]
        turn.events.append(event)
    return turn

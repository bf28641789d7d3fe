"""Frames and HTTP by hand: what right clients and wrong-doers share."""

import asyncio
import re
import socket
import struct

TERMINAL = (b"response.completed", b"response.failed", b"response.incomplete")
EVENT = re.compile(rb'\{"type":"([a-z_.]+)"')
NUMBER = re.compile(rb'"sequence_number":(\d+)')
LANE = re.compile(rb'"stream_id":"([^"]+)"')


def frame(payload, opcode=1, final=True, size=None):
    """A client's frame, masked with zeros, which is a mask like any other. `size` may lie about the length."""
    if isinstance(payload, str):
        payload = payload.encode()
    return frame_head(len(payload) if size is None else size, opcode, final) + payload


def frame_head(size, opcode=1, final=True):
    first = (0x80 if final else 0) | opcode
    if size < 126:
        return bytes([first, 0x80 | size]) + bytes(4)
    if size < 65536:
        return struct.pack(">BBH", first, 0xFE, size) + bytes(4)
    return struct.pack(">BBQ", first, 0xFF, size) + bytes(4)


def handshake(port, key=None, path="/v1/responses"):
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n"
    ).encode()


def post(port, body=b"", key=None, path="/v1/responses", length=None, more=""):
    """A POST of JSON; `length` may lie, or be False for none."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    said = "" if length is False else f"Content-Length: {len(body) if length is None else length}\r\n"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{authorization}{said}{more}\r\n"
    ).encode() + body


class FrameReader:
    """Cuts what a server sent into frames. A large frame costs its bytes once, however many pieces it comes in."""

    def __init__(self):
        self.parts, self.have, self.need = [], 0, 2

    def feed(self, data):
        """The (opcode, payload) of every frame that is whole now."""
        self.parts.append(data)
        self.have += len(data)
        if self.have < self.need:
            return []
        buffer, at, frames = b"".join(self.parts), 0, []
        while True:
            left = len(buffer) - at
            if left < 2:
                self.need = 2
                break
            size, head = buffer[at + 1] & 127, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if left < head:
                    self.need = head
                    break
                size = int.from_bytes(buffer[at + 2:at + head], "big")
            if left < head + size:
                self.need = head + size
                break
            frames.append((buffer[at] & 15, buffer[at + head:at + head + size]))
            at += head + size
        self.parts, self.have = [buffer[at:]], len(buffer) - at
        return frames


class RawLine:
    """One TCP connection to the server, by hand: for what no library would send."""

    def __init__(self, sock):
        self.socket, self.loop = sock, asyncio.get_running_loop()
        self.frames, self.waiting = FrameReader(), []

    @classmethod
    async def open(cls, port, receive_buffer=None, seconds=10):
        sock = socket.socket()
        sock.setblocking(False)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port)), seconds)
        except BaseException:
            sock.close()
            raise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock)

    async def send(self, data):
        await self.loop.sock_sendall(self.socket, data)

    async def receive(self, most=65536):
        """What came; empty at the end."""
        return await self.loop.sock_recv(self.socket, most)

    async def upgrade(self, port, key):
        """Becomes a WebSocket; answers the status."""
        await self.send(handshake(port, key))
        data = b""
        while b"\r\n\r\n" not in data:
            piece = await self.receive()
            if not piece:
                raise EOFError("closed in the handshake")
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        if rest:
            self.waiting += self.frames.feed(rest)
        return int(head.split()[1])

    async def next_frame(self, most=65536, answers_pings=True):
        while True:
            while self.waiting:
                opcode, payload = self.waiting.pop(0)
                if opcode == 9 and answers_pings:
                    await self.send(frame(payload, opcode=10))
                    continue
                return opcode, payload
            piece = await self.receive(most)
            if not piece:
                raise EOFError("closed")
            self.waiting += self.frames.feed(piece)

    async def end_of_turn(self):
        """Reads to a turn's last event; answers its type and the event."""
        while True:
            opcode, payload = await self.next_frame()
            if opcode == 8:
                raise EOFError("closed with %d" % (int.from_bytes(payload[:2], "big") or 1005))
            kind = EVENT.match(payload)
            if kind and (kind[1] in TERMINAL or kind[1] == b"error"):
                return kind[1].decode(), payload

    async def answer(self, most=1 << 20):
        """Everything up to the end, or up to `most`."""
        data = bytearray()
        while len(data) < most:
            piece = await self.receive()
            if not piece:
                break
            data += piece
        return bytes(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends like a killed process: a reset, no close frame."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.socket.close()

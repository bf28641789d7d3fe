"""Bytes that mean nothing."""

import struct

from ..wire import frame, handshake, post
from .wrong_doer import WrongDoer


class Garbage(WrongDoer):
    """Random bytes, broken frames, bad UTF-8, bad JSON, deep nesting, broken HTTP.

    Right: an error or a close code, at once.
    """

    kind = "garbage"
    ways = ("frame", "message", "request")

    async def work(self):
        dice = self.dice
        frames = (
            lambda: dice.randbytes(2000),
            lambda: bytes([0x81, 5]) + b"hello",  # Not masked.
            lambda: bytes([0xF1, 0x85]) + bytes(9),  # Reserved bits.
            lambda: frame(b"\xff\xfe\xfd"),
            lambda: frame(b"\x00" * 200, opcode=9),  # A control frame that is too long.
            lambda: struct.pack(">BBQ", 0x81, 0xFF, 1 << 63) + bytes(4),
            lambda: frame(b"x", opcode=0),  # Nothing to go on with.
            lambda: frame(b"x", opcode=11),
            lambda: frame(b"\x00", opcode=8),
        )
        messages = (
            '{"type":"response.create"', "[" * 1_000_000, '{"a":' * 200_000, '"text"', "[1,2]", "{}", "null", "\ud7ff",
            '{"type":"response.create","model":"plain","input":' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"type":"response.create","model":"plain","input":[{"type":7}]}',
            '{"type":"response.create","model":7,"input":{}}',
            '{"type":"response.create","model":"plain","input":"\\ud800"}',
            '{"type":"response.create","model":"plain","input":"x","temperature":1e999}',
        )
        requests = (
            dice.randbytes(2000), b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/responses HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"GET /v1/models HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
            handshake(self.scene.port, self.scene.key).replace(b"13", b"12"),
            post(self.scene.port, b"\xff" * 5000, self.scene.key), post(self.scene.port, b"{" * 100_000, self.scene.key),
            post(self.scene.port, b"zz\r\n", self.scene.key, length=False, more="Transfer-Encoding: chunked\r\n"),
        )
        if self.way == "request":
            async with await self.connect() as line:
                await line.send(dice.choice(requests))
                return "was answered" if await line.receive() else "closed by the server"
        async with await self.socket() as line:
            await line.send(dice.choice(frames)() if self.way == "frame" else frame(dice.choice(messages).encode("utf-8", "replace")))
            opcode, _ = await line.next_frame()
            return "was answered" if opcode == 1 else "closed by the server"

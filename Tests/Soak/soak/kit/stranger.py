"""Without a key."""

from ..wire import handshake, post
from .wrong_doer import WrongDoer

PART = b" " * (1 << 20)


class StrangersBody(WrongDoer):
    """A body of 1 GB, or chunks without an end, without a key.

    Right: a 401, and the connection ends after little more was read.
    """

    kind = "strangers-body"
    ways = ("length", "chunks")

    async def work(self):
        async with await self.connect() as line:
            if self.way == "length":
                await line.send(post(self.scene.port, length=1_000_000_000))
                part = PART
            else:
                await line.send(post(self.scene.port, length=False, more="Transfer-Encoding: chunked\r\n"))
                part = b"%x\r\n" % len(PART) + PART + b"\r\n"
            for _ in range(64):
                await line.send(part)
            return "64 MB WERE TAKEN"


class StrangersRequests(WrongDoer):
    """Pipelined requests without a key, handshakes with a wrong one; answers are not read.

    Right: refused; what waits to be sent is bounded.
    """

    kind = "strangers-requests"
    ways = ("pipelined", "handshake")

    async def work(self):
        async with await self.connect(receive_buffer=4096) as line:
            if self.way == "pipelined":
                for _ in range(200):
                    await line.send(b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100)
                return "20,000 requests were sent"
            await line.send(handshake(self.scene.port, "no-key-of-ours"))
            return "was answered" if await line.receive() else "closed by the server"

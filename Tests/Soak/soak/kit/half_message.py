"""Sends the first half of something large, and waits."""

from ..wire import frame_head, post
from .wrong_doer import WrongDoer

PART = b" " * (2 << 20)


class HalfMessage(WrongDoer):
    """A frame or a body of 32 MB of which 2 MB come; a chunked body without an end; a message of fragments without a last one.

    Right: bytes being received are in the accounts; the connection ends when the rest does not come, or when memory is needed.
    """

    kind = "half-message"
    ways = ("frame", "fragments", "body", "chunks")

    async def work(self):
        line = await (self.socket() if self.way in ("frame", "fragments") else self.connect())
        async with line:
            if self.way == "frame":
                await line.send(frame_head(32 << 20) + PART)
            elif self.way == "fragments":
                await line.send(frame_head(len(PART), final=False) + PART)
            elif self.way == "body":
                await line.send(post(self.scene.port, PART, self.scene.key, length=32 << 20))
            else:
                await line.send(
                    post(self.scene.port, b"%x\r\n" % len(PART) + PART + b"\r\n", self.scene.key, length=False,
                         more="Transfer-Encoding: chunked\r\n"))
            while await line.receive():
                pass
        return "closed by the server"

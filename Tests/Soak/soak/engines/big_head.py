"""Wrong: a head that never ends."""

from .behaviour import Behaviour


class BigHead(Behaviour):
    """Header after header. Right: the turn fails; the head is not collected."""

    name = "big-head"
    piece = b"X-More: " + b"y" * 4000 + b"\r\n"

    async def answer(self, wire, head):
        await wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        while True:
            await wire.write(self.piece)

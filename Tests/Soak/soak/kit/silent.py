"""Opens connections and says nothing."""

from .wrong_doer import WrongDoer


class Silent(WrongDoer):
    """Silent from the start, after a head's first line, or as a WebSocket that answers no ping.

    Right: the connection ends after the time for a head, or the time for a pong; it costs a descriptor and little else.
    """

    kind = "silent"
    ways = ("at once", "first line", "socket")

    async def work(self):
        line = await (self.socket() if self.way == "socket" else self.connect())
        async with line:
            if self.way == "first line":
                await line.send(b"POST /v1/responses HTTP/1.1\r\n")
            while await line.receive():
                pass
        return "closed by the server"

"""Closes its sending side in the middle."""

import json

from ..wire import post
from .wrong_doer import WrongDoer


class HalfClosed(WrongDoer):
    """Asks, by WebSocket or HTTP, and closes its sending side before the answer.

    Right: such a client counts as gone; its turn ends, its connection is closed, nothing stays.
    """

    kind = "half-closed"
    ways = ("socket, plain", "socket, drip", "socket, silent", "stream")

    async def work(self):
        if self.way != "stream":
            async with await self.socket() as line:
                await line.send(self.create(self.way.split()[1]))
                line.half_close()
                while await line.receive():
                    pass
        else:
            body = json.dumps({"model": "drip", "input": "go", "stream": True}).encode()
            async with await self.connect() as line:
                await line.send(post(self.scene.port, body, self.scene.key))
                line.half_close()
                while await line.receive():
                    pass
        return "closed by the server"

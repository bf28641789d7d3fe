"""Asks for much and reads little."""

import asyncio
import json

from ..wire import post
from .wrong_doer import WrongDoer


class SlowReader(WrongDoer):
    """Asks for 4 MB, by WebSocket or SSE or JSON, and reads 1 kB a second.

    Right: only its own turn waits; what waits for it in memory is bounded; the connection is kept while it reads.
    """

    kind = "slow-reader"
    ways = ("socket", "stream", "json")

    async def work(self):
        if self.way == "socket":
            line = await self.socket(receive_buffer=4096)
            ask = self.create("large")
        else:
            line = await self.connect(receive_buffer=4096)
            body = json.dumps({"model": "large", "input": "go", "stream": self.way == "stream", "store": False}).encode()
            ask = post(self.scene.port, body, self.scene.key)
        async with line:
            await line.send(ask)
            while await line.receive(1024):
                await asyncio.sleep(1)
        return "closed by the server"

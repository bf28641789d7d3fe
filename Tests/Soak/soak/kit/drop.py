"""Goes in the middle of a turn."""

import asyncio
import json

from ..wire import post
from .wrong_doer import WrongDoer


class Drop(WrongDoer):
    """A reset in mid-turn, over socket or SSE, while the engine speaks or is silent.

    Right: the generation stops.
    """

    kind = "drop"
    ways = tuple(f"{model} by {over}" for model in ("drip", "silent", "endless", "large", "comments") for over in ("socket", "SSE"))

    async def work(self):
        model, _, over = self.way.split()
        if over == "socket":
            line = await self.socket()
            ask = self.create(model)
        else:
            line = await self.connect()
            ask = post(self.scene.port, json.dumps({"model": model, "input": "go", "stream": True}).encode(), self.scene.key)
        async with line:
            await line.send(ask)
            await asyncio.sleep(self.dice.random() / 2)
            line.reset()
        return "gone"

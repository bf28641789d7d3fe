"""What a wrong-doer is made of."""

import asyncio
import json
import time
from collections import Counter

from ..wire import RawLine, frame


class Scene:
    """Where wrong-doers work: the server, their key, how long one may stay, and what became of them."""

    def __init__(self, port, key, patience, until):
        self.port, self.key, self.patience, self.until = port, key, patience, until
        self.outcomes = Counter()

    def left(self):
        """Seconds one attack may still take."""
        return max(1, min(self.patience, self.until - time.monotonic()))


class WrongDoer:
    """One attack, bounded in time. `work` answers in a few words how it ended; a connection that the server ends is an error here."""

    kind = ""
    #: In how many ways it is done; each comes as often.
    ways = ("",)

    def __init__(self, scene, dice, way):
        self.scene, self.dice, self.way = scene, dice, way

    async def work(self):
        raise NotImplementedError

    async def run(self):
        try:
            words = await asyncio.wait_for(self.work(), self.scene.left())
        except (TimeoutError, asyncio.TimeoutError):
            words = "was still there when it left"
        except (OSError, EOFError) as error:
            words = "closed by the server" if isinstance(error, (EOFError, ConnectionError)) else type(error).__name__
        name = f"{self.kind}, {self.way}" if self.way else self.kind
        self.scene.outcomes[f"{name}: {words}"] += 1

    # MARK: Common moves

    async def connect(self, **options):
        return await RawLine.open(self.scene.port, **options)

    async def socket(self, **options):
        """A WebSocket with the wrong-doers' key."""
        line = await self.connect(**options)
        try:
            status = await line.upgrade(self.scene.port, self.scene.key)
            if status != 101:
                raise EOFError(f"HTTP {status}")
        except BaseException:
            line.close()
            raise
        return line

    def create(self, model="plain", input="hello", **fields):
        return frame(self.create_text(model, input, **fields))

    def create_text(self, model="plain", input="hello", **fields):
        return json.dumps({"type": "response.create", "model": model, "input": input, "store": False, **fields})

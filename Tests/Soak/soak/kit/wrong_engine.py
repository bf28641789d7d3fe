"""Asks for each of the wrong engines."""

import asyncio
import contextlib

from ..engines import WRONG
from ..wire import frame
from .wrong_doer import WrongDoer


class WrongEngine(WrongDoer):
    """A turn on an engine that is endless, silent, slow, broken, or says what it should not.

    Right: the turn has one end, at the latest when it is cancelled; the engine's limit and nothing else is in its way.
    """

    kind = "wrong-engine"
    ways = tuple(behaviour.name for behaviour in WRONG)

    async def work(self):
        async with await self.socket() as line:
            await line.send(self.create(self.way))
            try:
                kind, payload = await asyncio.wait_for(line.end_of_turn(), self.scene.left() / 2)
            except (TimeoutError, asyncio.TimeoutError):
                # Its reader leaves as a right client does: by a cancel, and what follows it.
                await line.send(frame('{"type":"response.cancel"}'))
                kind, payload = await line.end_of_turn()
                kind += " when cancelled"
            if self.scene.key.encode() in payload or b"ENGINE-KEY" in payload:
                kind += " WITH A KEY IN IT"
            with contextlib.suppress(OSError):
                line.close()
            return kind

"""Connections for their own sake."""

import asyncio
import contextlib

from .wrong_doer import WrongDoer


class ConnectStorm(WrongDoer):
    """300 connections at once, gone at once: by a reset, by an end, or after half a handshake.

    Right: each is closed; none stays.
    """

    kind = "connect-storm"

    async def work(self):
        for _ in range(6):
            lines = await asyncio.gather(*(self.connect() for _ in range(50)), return_exceptions=True)
            for line in lines:
                if isinstance(line, BaseException):
                    continue
                leaves = self.dice.randrange(3)
                if leaves == 2:
                    with contextlib.suppress(OSError):
                        line.socket.send(b"GET /v1/responses HTTP/1.1\r\nUpgr")
                line.close() if leaves else line.reset()
            await asyncio.sleep(0.1)
        return "came and went"


class DescriptorEater(WrongDoer):
    """Holds 300 connections without a word, and without a key.

    Right: below the limits they are kept for the time that a head may take, and not longer; above them they are closed.
    """

    kind = "descriptor-eater"

    async def work(self):
        lines = []
        try:
            for _ in range(300):
                lines.append(await self.connect())
            await asyncio.sleep(self.scene.left())
        finally:
            for line in lines:
                line.close()
        return "were kept"

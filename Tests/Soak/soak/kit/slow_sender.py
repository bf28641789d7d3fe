"""One byte every so often."""

import asyncio

from ..wire import frame, post
from .wrong_doer import WrongDoer


class SlowSender(WrongDoer):
    """A head, a body or a frame, a byte every 200 ms.

    Right: heads and bodies have a time and a least rate; the connection ends with a 408 or without words.
    """

    kind = "slow-sender"
    ways = ("head", "body", "frame", "stranger's head")

    async def work(self):
        if self.way == "frame":
            line, data, at = await self.socket(), self.create(), 0
        else:
            line = await self.connect()
            data = post(self.scene.port, b'{"model":"plain","input":"' + b"x" * 4000 + b'"}',
                        None if self.way == "stranger's head" else self.scene.key)
            at = data.index(b"\r\n\r\n") + 4 if self.way == "body" else 0
        async with line:
            await line.send(data[:at])
            for byte in data[at:]:
                await line.send(bytes([byte]))
                await asyncio.sleep(0.2)
            await line.receive()
        return "was answered"

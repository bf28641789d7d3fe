"""Wrong: one byte now and then."""

import asyncio

from .behaviour import STREAM, Behaviour, text


class Drip(Behaviour):
    """Sends its events byte by byte. Right: what is whole is passed on; who waits can leave."""

    name = "drip"

    async def answer(self, wire, head):
        await wire.write(STREAM)
        while True:
            for byte in text("drop "):
                await wire.write(bytes([byte]))
                await asyncio.sleep(0.01)

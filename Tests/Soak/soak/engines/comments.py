"""Wrong: comments only, without an end."""

import asyncio

from .behaviour import STREAM, Behaviour, chunk


class Comments(Behaviour):
    """Keeps the line open with comments and never says a word. Right: they do not prolong a response's time."""

    name = "comments"

    async def answer(self, wire, head):
        await wire.write(STREAM)
        while True:
            await wire.write(chunk(b": still here\n\n" * 50))
            await asyncio.sleep(0.02)

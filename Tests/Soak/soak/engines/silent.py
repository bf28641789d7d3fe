"""Wrong: no answer at all."""

import asyncio

from .behaviour import Behaviour


class Silent(Behaviour):
    """Takes the request and says nothing. Right: the turn can be cancelled and dropped; a time limit ends it otherwise."""

    name = "silent"

    async def answer(self, wire, head):
        await asyncio.sleep(600)

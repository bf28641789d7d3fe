"""Wrong: one event that never ends."""

from .behaviour import STREAM, Behaviour, chunk


class OneLine(Behaviour):
    """A line without its end. Right: the turn fails at the limit of an event's bytes."""

    name = "one-line"
    piece = chunk(b"y" * 65536)

    async def answer(self, wire, head):
        await wire.write(STREAM + chunk(b"data: "))
        while True:
            await wire.write(self.piece)

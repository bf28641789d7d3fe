"""Right: an answer of 4 MB."""

from .behaviour import STREAM, Behaviour, end, text


class Large(Behaviour):
    """What slow readers ask for. Right: the engine is held back as its reader is; nobody else notices."""

    name = "large"
    piece = text("y" * 32000)

    async def answer(self, wire, head):
        await wire.write(STREAM)
        for _ in range(128):
            await wire.write(self.piece)
        await wire.write(end())

"""Wrong: an answer without an end."""

from .behaviour import STREAM, Behaviour, text


class Endless(Behaviour):
    """Writes as fast as it is read, and never stops. Right: the turn ends as incomplete at the limit of a response's bytes."""

    name = "endless"
    piece = text("y" * 32000)

    async def answer(self, wire, head):
        await wire.write(STREAM)
        while True:
            await wire.write(self.piece)

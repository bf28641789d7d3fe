"""Wrong: the connection breaks in mid-stream."""

from .behaviour import STREAM, Behaviour, text


class Dropping(Behaviour):
    """Two words, then a reset. Right: response.failed, once."""

    name = "dropping"

    async def answer(self, wire, head):
        await wire.write(STREAM + text("one ") + text("two"))
        wire.abort()

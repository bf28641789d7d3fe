"""Wrong: thousands of calls."""

from .behaviour import STREAM, Behaviour, call, end


class Calls(Behaviour):
    """Ten thousand calls in one answer. Right: the turn ends as incomplete at the limit of a response's calls."""

    name = "calls"
    piece = None

    async def answer(self, wire, head):
        if Calls.piece is None:
            Calls.piece = [b"".join(call(i, "look") for i in range(at, at + 200)) for at in range(0, 10_000, 200)]
        await wire.write(STREAM)
        for piece in Calls.piece:
            await wire.write(piece)
        await wire.write(end("tool_calls"))

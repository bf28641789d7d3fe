"""Wrong: an error in mid-stream that quotes what was sent."""

from .behaviour import LAST, STREAM, Behaviour, event, text


class QuotingLate(Behaviour):
    """A word, then an error with the request's head in it. Right: response.failed without the key."""

    name = "quoting-late"

    async def answer(self, wire, head):
        words = head.decode(errors="replace")
        await wire.write(STREAM + text("so ") + event(error={"message": "no: " + words, "code": words, "type": "server_error"}) + LAST)

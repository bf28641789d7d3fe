"""Wrong: errors that quote what was sent."""

from .behaviour import Behaviour


class Quoting(Behaviour):
    """Fails every turn with the request's head, its key among it. Right: an error without the key."""

    name = "quoting"

    async def answer(self, wire, head):
        wire.json(500, {"error": {"message": "no: " + head.decode(errors="replace"), "type": "server_error"}})

"""Fills the store."""

from .wrong_doer import WrongDoer


class StoreFlood(WrongDoer):
    """Forty stored turns of 1 MB each, no chain.

    Right: one key's flood drives out its own; another key's chain is still there.
    """

    kind = "store-flood"

    async def work(self):
        text = "s" * (1 << 20)
        async with await self.socket() as line:
            for i in range(40):
                await line.send(self.create(input=text, store=True))
                kind, _ = await line.end_of_turn()
                if kind != "response.completed":
                    return f"{kind} at turn {'first' if i == 0 else 'later'}"
        return "forty stored"

"""Small neighbours, in a process of their own: chains of 50 small turns, whose latencies are what counts.

They say when they are ready, begin at `go`, and say their figures at the end of their time or at `stop`.
"""

import asyncio
import random
import time

from .book import TurnBook
from .figures import summary, watch_lag
from .line import Line, LineLost
from .orders import heard, say, settings

TURNS = 50


class Neighbours:
    def __init__(self, wanted):
        self.wanted, self.book = wanted, TurnBook()
        self.latencies, self.refusals, self.lag, self.chains = [], [], [], 0
        self.over = asyncio.Event()

    def refused(self, words):
        self.refusals.append(words)

    async def chain(self, line, dice, stored):
        """Fifty turns, each on the one before; a few milliseconds between them. A chain that was begun is ended."""
        parent = None
        for number in range(TURNS):
            fields = {"model": "neighbour", "input": f"turn {number}", "store": stored}
            if parent:
                fields["previous_response_id"] = parent
            began = time.monotonic()
            end = await asyncio.wait_for(line.create(fields), 60)
            self.latencies.append(time.monotonic() - began)
            if not end.completed:
                self.refused(f"turn {number} of a chain: {end.kind} {end.code}")
                return
            parent = end.id
            await asyncio.sleep(dice.expovariate(1 / self.wanted["think"]))
        self.chains += 1

    async def neighbour(self, index):
        dice = random.Random(self.wanted["seed"] * 1000 + index)
        line, count = None, 0
        while not self.over.is_set():
            try:
                if line is None:
                    line = await Line.open(self.wanted["port"], self.wanted["key"], self.book)
                # A connection lives for a few chains; stored and not stored in turn.
                await self.chain(line, dice, stored=count % 2 == 0)
                count += 1
                if count % 5 == 0:
                    line.leave()
                    line = None
            except (LineLost, OSError, asyncio.TimeoutError, TimeoutError) as error:
                self.refused(f"{type(error).__name__}: {error}")
                if line:
                    line.drop()
                    line = None
                await asyncio.sleep(0.2)
        if line:
            line.leave()

    async def stop_in_time(self):
        seconds = self.wanted["seconds"]
        if seconds:
            await asyncio.sleep(seconds)
        else:
            await heard()
        self.over.set()

    async def run(self):
        say({"ready": True})
        await heard()
        lag = asyncio.create_task(watch_lag(self.lag))
        stop = asyncio.create_task(self.stop_in_time())
        await asyncio.gather(*(self.neighbour(i) for i in range(self.wanted["count"])))
        lag.cancel()
        stop.cancel()
        say({
            "latency": summary(self.latencies), "lag": summary(self.lag), "refusals": self.refusals[:20],
            "refused": len(self.refusals), "chains": self.chains, "book": self.book.figures(),
        })


if __name__ == "__main__":
    asyncio.run(Neighbours(settings()).run())

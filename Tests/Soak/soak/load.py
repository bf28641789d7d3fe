"""The load, in a process of its own: idle sockets, busy agents, and wrong-doers at a rate.

It says when all sockets stand, begins at `go`, and says its figures when its time is over and all is closed.
"""

import asyncio
import functools
import json
import random
import time

from .book import TurnBook
from .figures import summary, watch_lag
from .kit import KIT
from .kit.wrong_doer import Scene
from .line import Line, LineLost
from .orders import heard, say, settings

#: Seconds a turn of a right client may take before it counts as one without an end.
TURN_MAX = 90


@functools.cache
def large_input():
    return json.dumps("x" * (8 << 20))


class Load:
    def __init__(self, wanted):
        self.wanted, self.over = wanted, False
        self.idle_book, self.book = TurnBook(), TurnBook()
        self.idle, self.lag, self.failed_opens = [], [], 0
        self.started, self.tried = 0, set()

    # MARK: Idle

    async def open_idle(self):
        port, key = self.wanted["port"], self.wanted["key"]
        for at in range(0, self.wanted["idle"], 100):
            count = min(100, self.wanted["idle"] - at)
            self.idle += await asyncio.gather(*(Line.open(port, key, self.idle_book) for _ in range(count)))

    # MARK: Busy

    async def agent(self, index):
        """A loop of small turns, calls and their outputs; sometimes 8 MB, sometimes gone in mid-turn."""
        dice = random.Random(self.wanted["seed"] * 100_003 + index)
        while not self.over:
            try:
                line = await Line.open(self.wanted["port"], self.wanted["key"], self.book)
            except (LineLost, OSError, asyncio.TimeoutError):
                self.failed_opens += 1
                await asyncio.sleep(0.5)
                continue
            try:
                while not self.over and await self.chain(line, dice):
                    pass
            except LineLost:
                pass  # The book has it.
            except (TimeoutError, asyncio.TimeoutError):
                self.book.fault(f"a turn has no end after {TURN_MAX} s")
                self.book.lost += 1
            line.leave()

    async def chain(self, line, dice):
        """One chain; answers whether the line is still there."""
        parent, call = None, None
        for _ in range(dice.randint(5, 20)):
            if self.over:
                return True
            await asyncio.sleep(dice.expovariate(1 / self.wanted["think"]))
            fields = {"model": "plain", "store": dice.random() < 0.5}
            if parent:
                fields["previous_response_id"] = parent
            is_large = not call and dice.random() < self.wanted["large_share"]
            if call:
                fields["input"] = [{"type": "function_call_output", "call_id": call, "output": "it is there"}]
            elif dice.random() < 0.5:
                fields["model"] = "caller"
            if call or not is_large:
                fields.setdefault("input", "look at it")
                future = line.create(fields)
            else:
                future = line.create_text(json.dumps(fields)[1:-1] + ',"input":' + large_input() + "}")
            if dice.random() < self.wanted["drop_share"]:
                await asyncio.sleep(dice.random() * 0.02)
                line.drop()
                return False
            end = await asyncio.wait_for(future, TURN_MAX)
            if not end.completed:
                return True  # The chain is gone, the line is not; the next turn begins a new one.
            parent, call = end.id, end.call
            if is_large and dice.random() < 0.7:
                return True
        return True

    # MARK: Wrong

    async def wrong_doers(self, scene):
        """Starts one wrong-doer after the other, every kind as often; no more at once than `crowd`."""
        dice, running = random.Random(self.wanted["seed"]), set()
        deck, all_of_them = [], sum(len(KIT[kind].ways) for kind in self.wanted["kinds"]) if self.wanted["everything"] else 0
        # Who wants everything gets it, however slow the machine is.
        while not self.over or len(self.tried) < all_of_them:
            if len(running) < self.wanted["crowd"]:
                if not deck:
                    deck = [(KIT[kind], way) for kind in self.wanted["kinds"] for way in KIT[kind].ways]
                    dice.shuffle(deck)
                kind, way = deck.pop()
                one = kind(scene, random.Random(dice.random()), way)
                task = asyncio.create_task(one.run())
                running.add(task)
                task.add_done_callback(running.discard)
                self.started += 1
                self.tried.add((kind, way))
            await asyncio.sleep(dice.expovariate(self.wanted["rate"]))
        if running:
            await asyncio.wait(running, timeout=self.wanted["patience"] + 5)

    # MARK: All

    async def run(self):
        wanted = self.wanted
        await self.open_idle()
        say({"ready": True})
        await heard()
        until = time.monotonic() + wanted["seconds"]
        scene = Scene(wanted["port"], wanted["wrong_key"], wanted["patience"], until)
        lag = asyncio.create_task(watch_lag(self.lag))
        work = [asyncio.create_task(self.agent(i)) for i in range(wanted["busy"])]
        if wanted["kinds"]:
            work.append(asyncio.create_task(self.wrong_doers(scene)))
        await asyncio.sleep(wanted["seconds"])
        self.over = True
        _, late = await asyncio.wait(work, timeout=TURN_MAX + 10) if work else (None, ())
        lag.cancel()
        lost = [line for line in self.idle if line.closed.done()]
        for line in self.idle:
            line.leave()
        await asyncio.sleep(0.5)
        for task in work:
            if task.done() and not task.cancelled() and task.exception():
                self.book.fault(f"the load itself failed: {task.exception()!r}")
        say({
            "book": self.book.figures(), "lag": summary(self.lag), "idle": len(self.idle), "idle_lost": len(lost),
            "idle_why": str(lost[0].closed.result()) if lost else None, "late": len(late), "failed_opens": self.failed_opens,
            "wrong_doers": self.started, "tried": len(self.tried), "outcomes": dict(sorted(scene.outcomes.items())),
        })


if __name__ == "__main__":
    asyncio.run(Load(settings()).run())

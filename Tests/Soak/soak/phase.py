"""One server under one load: what it did, and how it stood before and after."""

import threading
import time

from .engines import BEHAVIOURS
from .engines.neighbour import Neighbour
from .machine import AT_ONCE, Helper, Server, cores

ENGINE_KEY = "ENGINE-KEY-OF-THE-SOAK"
KEYS = ("key-of-the-crowd", "key-of-the-neighbours", "key-of-the-wrong-doers")
#: Above this the server is ended, for the sake of the machine it runs on.
SAFETY = 4 << 30


class Phase:
    """Runs engines, server, load and neighbours; afterwards its attributes are the figures."""

    def __init__(self, wanted, seconds, kinds, limits):
        server_core, load_core = cores()
        # What the neighbours wait for is the server, not an engine that answers others with ten thousand calls.
        own = [Neighbour.name]
        self.engine = Helper("engine", [name for name in BEHAVIOURS if name not in own], load_core, priority=-5)
        self.quiet_engine = Helper("engine", own, load_core, priority=AT_ONCE)
        self.server = None
        try:
            ports = {"crowd": self.engine.says()["port"], "neighbours": self.quiet_engine.says()["port"]}
            self.server = Server(ports, ENGINE_KEY, KEYS, limits, server_core)
            self._run(wanted, seconds, kinds, load_core)
        finally:
            self.engine.stop()
            self.quiet_engine.stop()
            if self.server:
                self.server.kill()

    def _run(self, wanted, seconds, kinds, load_core):
        server = self.server
        self.descriptors_before, self.rss_before = server.descriptors, server.rss
        self._over = threading.Event()
        guard = threading.Thread(target=self._guard, daemon=True)
        guard.start()
        common = {"port": server.port, "seed": wanted.seed}
        load = Helper("load", {
            **common, "key": KEYS[0], "wrong_key": KEYS[2], "idle": wanted.idle, "busy": wanted.busy, "seconds": seconds,
            "think": wanted.think, "large_share": wanted.large_share, "drop_share": wanted.drop_share, "kinds": kinds,
            "rate": wanted.rate, "crowd": wanted.crowd, "patience": wanted.patience, "everything": wanted.everything,
        }, load_core, priority=5)
        neighbours = Helper("neighbours", {
            **common, "key": KEYS[1], "count": wanted.neighbours, "think": wanted.neighbour_think, "seconds": seconds,
        }, load_core, priority=AT_ONCE)
        try:
            load.says(), neighbours.says()
            self.rss_idle = server.rss
            cpu = server.cpu_seconds
            load.tell("go")
            neighbours.tell("go")
            self.neighbours = neighbours.says()
            self.cpu_share = (server.cpu_seconds - cpu) / seconds if server.process.poll() is None else 0
            self.load = load.says()
            self.engine.tell("figures")
            self.engine_lag = self.engine.says()["lag"]
            self.quiet_engine.tell("figures")
            self.quiet_engine_lag = self.quiet_engine.says()["lag"]
        finally:
            load.stop()
            neighbours.stop()
        self._after(wanted)
        self._over.set()

    def _after(self, wanted):
        """Waits for what should come back to come back, for so many seconds; then how it stands."""
        server, end = self.server, time.monotonic() + wanted.settle
        self.lives = server.process.poll() is None
        while True:
            health = server.health() or {}
            self.generations, self.connections = health.get("generations"), health.get("connections")
            if (self.generations, self.connections) == (0, 0) or time.monotonic() > end:
                break
            time.sleep(0.1)
        # Kept connections to the engine end with it.
        self.engine.stop()
        self.quiet_engine.stop()
        while server.descriptors > self.descriptors_before + 2 and time.monotonic() < end:
            time.sleep(0.1)
        self.descriptors, self.rss_after, self.rss_peak = server.descriptors, server.rss, max(server.rss_peak, self.seen)
        self.exit_code = server.stop()
        log = server.log()
        self.log_lines = log.count("\n")
        self.log_has_key = any(key in log for key in (*KEYS, ENGINE_KEY))
        self.log_tail = log[-3000:]

    seen = 0

    def _guard(self):
        while not self._over.wait(0.05):
            rss = self.server.rss
            self.seen = max(self.seen, rss)
            if rss > SAFETY:
                self.server.kill()
                return

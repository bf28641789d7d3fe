"""The two commands: the soak, and the neighbour test."""

import argparse

from .checks import Checks, check_latency, check_phase, show_outcomes
from .kit import KIT
from .machine import binary, cores, knows_limits
from .phase import Phase

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def size(text):
    number = text.lower().removesuffix("b").removesuffix("i")
    unit = number[-1:] if number[-1:].isalpha() else ""
    return int(float(number.removesuffix(unit)) * UNITS[unit])


def parser(about):
    options = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = options.add_argument
    add("--seconds", type=float, default=600, help="the time with wrong-doers")
    add("--baseline", type=float, help="seconds of the same load without them; a fifth, at least 2")
    add("--idle", type=int, default=9000, help="idle sockets that answer pings")
    add("--busy", type=int, default=200, help="agents that loop over small turns")
    add("--neighbours", type=int, default=10, help="neighbours whose latency is measured")
    add("--memory", default="256MiB", help="the server's budget for its process, and what its memory is held to")
    add("--seed", type=int, default=1, help="the same seed asks for the same")
    add("--kinds", help="kinds of wrong-doers, by commas; all: " + ",".join(KIT))
    add("--rate", type=float, default=5, help="wrong-doers a second")
    add("--crowd", type=int, default=60, help="wrong-doers at one time")
    add("--patience", type=float, default=20, help="seconds a wrong-doer stays at most")
    add("--think", type=float, default=0.5, help="mean seconds between an agent's turns")
    add("--neighbour-think", type=float, default=0.05, help="mean seconds between a neighbour's turns")
    add("--large-share", type=float, default=0.001, help="share of an agent's turns that are 8 MB")
    add("--drop-share", type=float, default=0.01, help="share of an agent's turns in which it drops")
    add("--settle", type=float, default=20, help="seconds after which all must be given back")
    add("--floor", type=float, default=5, help="ms below which a p99 is not compared: slices of the scheduler on the server's one core")
    add("--limit", action="append", default=[], metavar="NAME=VALUE", help="further limits for the server")
    add("--no-limits", action="store_true", help="for a program without --limit: no budget is set, memory is judged all the same")
    add("--no-latency", action="store_true", help="latencies are shown, not judged: on a machine with other work, and in short runs")
    add("--everything", action="store_true", help="go on until every wrong-doer came in each of its ways")
    add("--verbose", action="store_true", help="the end of the server's log as well")
    return options


def run(about, arguments=None, **defaults):
    options = parser(about)
    options.set_defaults(**defaults)
    wanted = options.parse_args(arguments)
    kinds = wanted.kinds.split(",") if wanted.kinds else list(KIT)
    unknown = [kind for kind in kinds if kind not in KIT]
    if unknown:
        options.error(f"no such kind: {', '.join(unknown)}")
    memory, limits = size(wanted.memory), list(wanted.limit)
    if not wanted.no_limits:
        if not knows_limits():
            options.error(f"{binary()} has no --limit; with --no-limits it runs without a budget")
        limits.insert(0, f"process-memory={wanted.memory}")
    baseline_seconds = wanted.baseline or max(2, wanted.seconds / 5)
    server_core, load_core = cores()
    print(
        f"{wanted.idle} idle, {wanted.busy} busy, {wanted.neighbours} neighbours; seed {wanted.seed}; "
        + (f"server on core {server_core}, load on core {load_core}" if load_core is not None else "one core for all"), flush=True)

    checks = Checks()
    print(f"-- {baseline_seconds:g} s without wrong-doers", flush=True)
    baseline = Phase(wanted, baseline_seconds, [], limits)
    check_phase(checks, baseline, memory)
    print(f"-- {wanted.seconds:g} s with wrong-doers", flush=True)
    phase = Phase(wanted, wanted.seconds, kinds, limits)
    check_phase(checks, phase, memory)
    check_latency(checks, baseline, phase, wanted.floor, judge=not wanted.no_latency)
    show_outcomes(checks, phase)
    ways = sum(len(KIT[kind].ways) for kind in kinds)
    if wanted.everything:
        checks.check(phase.load["tried"] == ways, "everything was tried", f"{phase.load['tried']} of {ways} wrong-doers")
    with_keys = [words for words in phase.load["outcomes"] if "KEY" in words or "TAKEN" in words]
    checks.check(not with_keys, "nothing leaked to wrong-doers, nothing was taken from strangers", with_keys or "nothing")
    if wanted.verbose:
        print(phase.log_tail)
    print(f"{checks.failed} checks failed" if checks.failed else "all checks hold", flush=True)
    return 1 if checks.failed else 0

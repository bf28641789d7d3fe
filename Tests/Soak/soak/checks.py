"""What must hold after a phase, each with its figures."""


class Checks:
    """Collects verdicts and prints them; `failed` says how many did not hold."""

    def __init__(self):
        self.failed = 0

    def check(self, holds, what, figures):
        self.failed += not holds
        print(f"{'ok  ' if holds else 'FAIL'}  {what}: {figures}", flush=True)

    def note(self, what, figures):
        print(f"      {what}: {figures}", flush=True)


def mib(bytes):
    return f"{bytes / (1 << 20):.0f} MiB"


def latency(figures):
    return f"p50 {figures['p50']} ms, p99 {figures['p99']} ms, max {figures['max']} ms of {figures['count']}"


def check_phase(checks, phase, memory):
    """All that holds with and without wrong-doers."""
    book, load = phase.load["book"], phase.load
    checks.check(phase.lives, "the server lives", f"exit code at SIGTERM {phase.exit_code}" if phase.lives else phase.log_tail)
    checks.check(phase.exit_code == 0, "it leaves in order", f"exit code {phase.exit_code}")
    if memory:
        checks.check(
            phase.rss_peak < 2 * memory, "resident memory below twice the budget",
            f"peak {mib(phase.rss_peak)}, limit {mib(2 * memory)}; at start {mib(phase.rss_before)}, with idle sockets "
            f"{mib(phase.rss_idle)}, at the end {mib(phase.rss_after)}")
    checks.check(
        book["lost"] == 0 and book["asked"] == book["ended"] + book["dropped"] and load["late"] == 0,
        "every turn has its one end",
        f"{book['asked']} asked, {book['ended']} ended, {book['dropped']} dropped by us, {book['lost']} without an end, ends {book['ends']}"
        + (f", errors {book['codes']}" if book["codes"] else ""))
    checks.check(book["after_end"] == 0, "nothing after an end", f"{book['after_end']} events")
    checks.check(book["gaps"] == 0, "sequence numbers from 0 without a gap", f"{book['gaps']} gaps")
    checks.check(
        load["idle_lost"] == 0, "idle sockets stay",
        f"{load['idle']} opened, {load['idle_lost']} lost" + (f", the first {load['idle_why']}" if load["idle_lost"] else ""))
    checks.check(
        phase.generations == 0 and phase.connections == 0, "/health back to zero",
        f"generations {phase.generations}, connections {phase.connections}")
    checks.check(
        phase.lives and phase.descriptors <= phase.descriptors_before + 2, "descriptors back to the start",
        f"{phase.descriptors_before} before, {phase.descriptors} after")
    checks.check(not phase.log_has_key, "no key in the log", f"{phase.log_lines} lines")
    check_neighbours(checks, phase)
    checks.note("server's processor", f"{phase.cpu_share:.0%} of a core")
    checks.note(
        "our own loops are late by",
        f"engine {latency(phase.engine_lag)}; the neighbours' {latency(phase.quiet_engine_lag)}; "
        f"neighbours {latency(phase.neighbours['lag'])}; load {latency(load['lag'])}")
    for words in (book["faults"] + phase.neighbours["book"]["faults"])[:10]:
        checks.note("fault", words)


def check_neighbours(checks, phase):
    neighbours = phase.neighbours
    checks.check(
        neighbours["refused"] == 0 and neighbours["chains"] > 0 and not neighbours["book"]["gaps"] + neighbours["book"]["after_end"],
        "no neighbour is refused, chains of 50 turns go through",
        f"{neighbours['book']['asked']} turns, {neighbours['chains']} whole chains, {neighbours['refused']} refused"
        + "".join(f"\n          {words}" for words in neighbours["refusals"][:5]))


def check_latency(checks, baseline, phase, floor, judge):
    """The neighbours' p99 beside that of the same load without wrong-doers."""
    before, now = baseline.neighbours["latency"], phase.neighbours["latency"]
    limit = max(2 * before["p99"], floor)
    figures = f"{latency(now)}; without wrong-doers {latency(before)}; limit {limit:.1f} ms"
    if judge:
        checks.check(now["p99"] <= limit, "small neighbours are as quick", figures)
    else:
        checks.note("small neighbours (not judged)", figures)


def show_outcomes(checks, phase):
    checks.note("wrong-doers", f"{phase.load['wrong_doers']} came, {phase.load['tried']} different ones")
    for words, count in phase.load["outcomes"].items():
        checks.note("  " + words, count)

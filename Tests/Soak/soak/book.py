"""What was asked, and how each turn ended."""

from collections import Counter


class TurnBook:
    """Counts the turns of a group of connections. Every turn has one end; numbers count from 0 without a gap."""

    def __init__(self):
        self.asked = self.dropped = self.lost = self.gaps = self.after_end = 0
        self.ends, self.codes = Counter(), Counter()
        #: A few sentences about what was wrong; all of it would be too much.
        self.faults = []

    @property
    def ended(self):
        return sum(self.ends.values())

    def fault(self, words):
        if len(self.faults) < 20:
            self.faults.append(words)

    def figures(self):
        return {
            "asked": self.asked, "ended": self.ended, "dropped": self.dropped, "lost": self.lost, "gaps": self.gaps,
            "after_end": self.after_end, "ends": dict(self.ends), "codes": dict(self.codes), "faults": self.faults,
        }


class RunningTurn:
    """One turn: the next number, and who waits for its end."""

    def __init__(self, future):
        self.next, self.future, self.call, self.id = 0, future, None, None


class TurnEnd:
    """How a turn ended: the event's type, its error's code, the response's id, and the last call's id."""

    def __init__(self, kind, code, response, call):
        self.kind, self.code, self.id, self.call = kind, code, response, call

    @property
    def completed(self):
        return self.kind == "response.completed"

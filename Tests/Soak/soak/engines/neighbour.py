"""Right: as plain, for neighbours alone."""

from .plain import Plain


class Neighbour(Plain):
    """What the measured neighbours ask for: its engine is a process of its own, which no wrong-doer keeps busy. Right: the turn completes."""

    name = "neighbour"

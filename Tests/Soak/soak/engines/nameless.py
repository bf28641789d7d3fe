"""Wrong: a call that says no name."""

from .behaviour import STREAM, Behaviour, call, end


class Nameless(Behaviour):
    """Right: the call does not vanish in a turn that looks complete."""

    name = "nameless"
    at_once = STREAM + call(0, None) + end("tool_calls")

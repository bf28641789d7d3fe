"""Right: one call of a tool, at once."""

from .behaviour import STREAM, Behaviour, call, end


class Caller(Behaviour):
    """The first half of an agent's round. Right: the turn completes with one call."""

    name = "caller"
    at_once = STREAM + call(0, "look", '{"at":"it"}', "call_soak") + end("tool_calls")

"""Right: four words, at once."""

from .behaviour import STREAM, Behaviour, end, text


class Plain(Behaviour):
    """What neighbours and busy clients ask for. Right: the turn completes."""

    name = "plain"
    at_once = STREAM + b"".join(text(word) for word in ("well ", "then ", "so ", "be it")) + end()

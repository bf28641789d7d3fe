"""Engines, right and wrong, by the name of the model that asks for them."""

from .big_head import BigHead
from .caller import Caller
from .calls import Calls
from .comments import Comments
from .dropping import Dropping
from .drip import Drip
from .endless import Endless
from .garbage import Garbage
from .large import Large
from .nameless import Nameless
from .neighbour import Neighbour
from .one_line import OneLine
from .plain import Plain
from .quoting import Quoting
from .quoting_late import QuotingLate
from .silent import Silent
from .zipped import Zipped

RIGHT = (Plain, Neighbour, Caller, Large)
WRONG = (Endless, Silent, Drip, Dropping, Garbage, Quoting, QuotingLate, Calls, Nameless, Comments, OneLine, BigHead, Zipped)
BEHAVIOURS = {behaviour.name: behaviour for behaviour in RIGHT + WRONG}

"""The wrong-doer's kit, by kind. Each class says what it does and what is right."""

from .big_message import BigMessage, BigThenGone
from .connect_storm import ConnectStorm, DescriptorEater
from .drop import Drop
from .flood import Flood, FrameFlood
from .garbage import Garbage
from .half_closed import HalfClosed
from .half_message import HalfMessage
from .silent import Silent
from .slow_reader import SlowReader
from .slow_sender import SlowSender
from .store_flood import StoreFlood
from .stranger import StrangersBody, StrangersRequests
from .wrong_engine import WrongEngine

KIT = {
    wrong_doer.kind: wrong_doer
    for wrong_doer in (
        SlowReader, Silent, HalfClosed, HalfMessage, SlowSender, Flood, FrameFlood, Garbage, ConnectStorm, DescriptorEater,
        BigMessage, BigThenGone, Drop, WrongEngine, StoreFlood, StrangersBody, StrangersRequests,
    )
}

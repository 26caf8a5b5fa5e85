import hashlib
from collections import OrderedDict

import msgspec

from runners.simulator.api.request import MessagesRequest
from runners.simulator.script.fault import AnyFault, fault_of
from runners.simulator.script.place import ScriptPosition


class Attempts:
    """Counts the attempts at turns that fail, per conversation."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def next_fault(
        self, request: MessagesRequest, place: ScriptPosition
    ) -> AnyFault | None:
        """Count an attempt and return its fault, or None.

        A turn that succeeded is forgotten: the next equal conversation fails again.
        """
        # The first turn after a summary succeeds even if its script has faults.
        goes_on = 0 < place.directive.turn == place.number
        if not place.turn.faults or goes_on:
            return None
        key = _key(request, place)
        count = self._counts.pop(key, 0)
        fault = fault_of(place.turn.faults, count)
        if fault is not None:
            self._counts[key] = count + 1
            if len(self._counts) > self._size:
                self._counts.popitem(last=False)
        return fault


def _key(request: MessagesRequest, place: ScriptPosition) -> bytes:
    before = msgspec.json.encode((place.number, request.messages[: place.began]))
    return hashlib.sha256(before).digest()

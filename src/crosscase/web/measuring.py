"""Results as they were measured last, kept by what they rest on: moving between pages does not measure again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_KEPT = 28


@dataclass
class Measured:
    """A few results by what they were made from; the oldest go first."""

    _found: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was made from ``key``, made now if it is not there. Two who ask at once may both make it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        self.keep(key, made)
        return made

    def keep(self, key: Any, made: Any) -> None:
        """Take over what was made elsewhere, from ``key``."""
        with self._lock:
            self._found[key] = made
            self._found.move_to_end(key)
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)

    def peek(self, key: Any) -> Any:
        """What was made from ``key``, or ``None``; nothing is made."""
        with self._lock:
            return self._found.get(key)

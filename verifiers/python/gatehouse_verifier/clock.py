import time
from threading import Lock

ERROR = 0.002
"""Seconds to take off a time limit that is read from this clock, so that it is kept exactly."""


class Clock:
    """A clock for ages that never runs slower than the faster of the machine's two clocks.

    Either may stop: the monotonic one while a machine is suspended, the wall clock while somebody sets it back.
    Running ahead only makes kept answers older than they are.
    """

    def __init__(self):
        self._lock = Lock()
        self._start = (0.0, time.monotonic(), time.time())

    def now(self):
        """Seconds; what lies between two readings is never less than the time that went by, but for 2 ms."""
        base, monotonic, wall = self._start
        by_monotonic = time.monotonic() - monotonic
        by_wall = time.time() - wall
        if -ERROR <= by_monotonic - by_wall <= ERROR:
            return base + max(by_monotonic, by_wall)
        return self._agree()

    def _agree(self):
        with self._lock:
            base, monotonic, wall = self._start
            now_monotonic, now_wall = time.monotonic(), time.time()
            base += max(now_monotonic - monotonic, now_wall - wall)
            self._start = (base, now_monotonic, now_wall)
            return base

import random
import secrets
import threading

from .gatehouse import GatehouseUnavailable

# Seconds. Until the first answer says how long a lease is.
_FIRST_TIMEOUT = 2.0

# Polls that bring nothing come no closer, whatever the server does.
_QUIET_PAUSE = 0.005

# Gatehouse gives no lease to a client that it has not known for half a second.
_LEASELESS_PAUSE = 0.05

_LONGEST_PAUSE = 1.0
_LONGEST_ASKED_PAUSE = 30.0


class Feed:
    """Polls for changes, one poll at a time.

    It applies each answer before it sends the next poll, which acknowledges it.
    """

    def __init__(self, gatehouse, state):
        self._gatehouse = gatehouse
        self._state = state
        self._verifier = secrets.token_urlsafe(24)
        self._closing = threading.Event()
        self._after = None
        self._lease = None
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="gatehouse-verifier", daemon=True)
        self._thread.start()

    def close(self):
        """Ends the lease, here first."""
        self._closing.set()
        self._state.forget_all()
        self._gatehouse.abandon_poll()
        self._thread.join(_FIRST_TIMEOUT)
        try:
            self._gatehouse.give_back(self._verifier)
        except GatehouseUnavailable:
            pass  # It runs out.

    def _run(self):
        while not self._closing.is_set():
            self._closing.wait(self._poll())

    def _poll(self):
        """Returns how long to wait before the next one."""
        clock = self._state.clock
        sent_at = clock.now()
        try:
            after, wait_ms, timeout = self._after, self._wait_ms(), self._timeout()
            cursor, lease, changed = self._gatehouse.changes(self._verifier, after, wait_ms, timeout)
        except GatehouseUnavailable as error:
            self._failures += 1
            return self._pause_after(error)
        if self._closing.is_set():
            return 0
        self._state.apply(changed, sent_at, lease)
        self._after, self._lease, self._failures = cursor, lease or self._lease, 0
        pause = _QUIET_PAUSE if lease else _LEASELESS_PAUSE
        return max(0, pause - (clock.now() - sent_at)) if changed == [] else 0

    def _wait_ms(self):
        """After a failure the lease is in danger: the answer should come at once."""
        return 0 if self._failures or self._lease is None else int(self._lease * 250)

    def _timeout(self):
        """Early enough that a poll that is lost leaves no gap; later than a lease its answer renews nothing."""
        if self._lease is None:
            return _FIRST_TIMEOUT
        return self._lease if self._failures else self._lease / 2

    def _pause_after(self, error):
        """Longer each time, and never the same: verifiers that lost one instance do not all come back at once."""
        if error.status == 400:
            self._after = None  # Gatehouse does not understand the cursor.
        step = (self._lease or _FIRST_TIMEOUT / 2) / 20
        own = min(step * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE)
        asked = min(error.retry_after, _LONGEST_ASKED_PAUSE) if error.status else 0
        return asked * random.uniform(1, 2) if asked > own else own * random.uniform(0.5, 1)

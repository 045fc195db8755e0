import threading

from .gatehouse import GatehouseUnavailable

_MOST_AT_A_TIME = 16

# Seconds that a question waits for its turn.
_LONGEST_WAIT = 5.0


class _Question:
    def __init__(self):
        self.done = threading.Event()
        self.turn = None
        """In the order of arrivals; None until it is sent."""
        self.hold = None
        self.answer = None
        self.is_current = False
        """Whether it may answer a request that came after it was sent, if the lease allows."""
        self.error = None

    def outcome(self):
        self.done.wait()
        if self.error:
            raise GatehouseUnavailable(*self.error)
        return self.answer


class Questions:
    """Asks Gatehouse.

    Once for a token however many requests wait for it, and at most 16 questions at a time. The first request of a
    question sends it; the others wait.
    """

    def __init__(self, gatehouse, state):
        self._gatehouse = gatehouse
        self._state = state
        self._slots = threading.BoundedSemaphore(_MOST_AT_A_TIME)
        self._open = {}
        self._turns = 0

    def ask(self, token, key, now):
        """A question answers the requests that came before it was sent.

        A later one shares it only if a lease was held all the time between, and nothing was told about it meanwhile;
        else it shares the next one. Raises GatehouseUnavailable.
        """
        with self._state.lock:
            arrival = self._next_turn()
            question, is_mine = self._join(key)
            is_early = question.turn is None or question.turn > arrival
            hold = self._state.lease.hold(now)
            was_held = question.hold is not None and question.hold == hold
        answer = self._outcome(question, is_mine, token, key)
        if is_early or (was_held and question.is_current):
            return answer
        with self._state.lock:
            # Whichever is open now was begun after this request came.
            question, is_mine = self._join(key)
        return self._outcome(question, is_mine, token, key)

    def _join(self, key):
        question = self._open.get(key)
        if question:
            return question, False
        self._open[key] = question = _Question()
        return question, True

    def _outcome(self, question, is_mine, token, key):
        if is_mine:
            self._send(question, token, key)
        return question.outcome()

    def _send(self, question, token, key):
        question.error = ("The request was ended",)
        try:
            if not self._slots.acquire(timeout=_LONGEST_WAIT):
                question.error = ("Gatehouse answers too slowly",)
                return
            try:
                self._send_now(question, token, key)
            finally:
                self._slots.release()
        finally:
            with self._state.lock:
                del self._open[key]
            question.done.set()

    def _send_now(self, question, token, key):
        state = self._state
        with state.lock:
            sent_at = state.clock.now()
            position = state.changes.position
            question.hold = state.lease.hold(sent_at)
            question.turn = self._next_turn()
        try:
            question.answer = self._gatehouse.introspect(token)
        except GatehouseUnavailable as error:
            question.error = (str(error), error.status, error.retry_after)
            return
        question.is_current = state.keep(key, question.answer, sent_at, position)
        question.error = None

    def _next_turn(self):
        self._turns += 1
        return self._turns

import os
import threading
import weakref

from .feed import Feed
from .gatehouse import Gatehouse, GatehouseUnavailable
from .kept import key_of
from .questions import Questions
from .state import State, StrictState
from .token_form import is_well_formed


class Verifier:
    """Checks tokens and API keys, for any number of threads. One for each process; a fork makes another one of it.

    ``issuer`` is where Gatehouse is, ``client_id`` and ``client_secret`` are of a client that was created with
    ``--introspect``. ``mode`` is ``leased`` (answers are kept as long as a lease is held) or ``strict`` (each request
    asks); ``max_tokens`` answers are kept at most. Raises ValueError if one of them cannot be.
    """

    def __init__(self, issuer, client_id, client_secret, mode="leased", max_tokens=100_000):
        if mode not in ("leased", "strict"):
            raise ValueError("mode is 'leased' or 'strict'")
        if max_tokens < 2:
            raise ValueError("max_tokens is 2 or more")
        self._service = (issuer, client_id, client_secret)
        self._mode = mode
        self._max_tokens = max_tokens
        self._is_closed = False
        self._starting = threading.Lock()
        self._process = self._start()
        _verifiers.add(self)

    def verify(self, token):
        """What Gatehouse says of a token at this moment, as a dict; None if it is not live.

        Raises GatehouseUnavailable if that cannot be known: answer 503.
        """
        if self._is_closed:
            raise GatehouseUnavailable("The verifier is closed")
        process = self._process or self._start_again()
        now = process.state.clock.now()
        key = key_of(token)
        answer = process.state.kept_answer(key, now)
        if answer or not is_well_formed(token):
            return answer
        return process.questions.ask(token, key, now)

    def close(self):
        """Gives the lease back. Call it after the server has stopped: from then on ``verify`` raises."""
        self._is_closed = True
        if self._process and self._process.feed:
            self._process.feed.close()

    def _start(self):
        return _Process(self._service, self._mode, self._max_tokens)

    def _start_again(self):
        with self._starting:
            self._process = self._process or self._start()
            return self._process

    def _forget_parent(self):
        self._starting = threading.Lock()
        self._process = None


class _Process:
    """All that a fork must not share."""

    def __init__(self, service, mode, max_tokens):
        gatehouse = Gatehouse(*service)
        self.state = StrictState() if mode == "strict" else State(max_tokens)
        self.questions = Questions(gatehouse, self.state)
        self.feed = None if mode == "strict" else Feed(gatehouse, self.state)


_verifiers = weakref.WeakSet()


def _after_fork():
    for verifier in list(_verifiers):
        verifier._forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

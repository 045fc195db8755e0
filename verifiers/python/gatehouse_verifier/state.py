from threading import Lock

from .clock import Clock
from .kept import Changes, KeptAnswers, bucket_of
from .lease import Lease


class State:
    """What a process knows: its lease, its kept answers, and what was told meanwhile."""

    def __init__(self, max_tokens):
        self.lock = Lock()
        self.clock = Clock()
        self.lease = Lease()
        self.changes = Changes()
        self._kept = KeptAnswers(max_tokens)

    def kept_answer(self, key, now):
        """The answer that counts at that moment; None if there is none."""
        if self.lease.hold(now) is None:
            return None
        kept = self._kept.get(key)
        if kept is None or now >= kept.end or self.changes.includes(kept.bucket, kept.position):
            return None
        if not self._kept.is_young(key):
            with self.lock:
                self._kept.use(key)
        return kept.unpacked()

    def keep(self, key, answer, sent_at, position):
        """Keeps an answer if that is allowed, and says whether it is."""
        if not _is_keepable(answer):
            return False
        with self.lock:
            if self.changes.includes(bucket_of(answer["sid"]), position):
                return False
            self._kept.keep(key, answer, sent_at, position)
            return True

    def apply(self, changed, sent_at, lease):
        with self.lock:
            if changed is None:
                self.changes.reset()
                self._kept.clear()
            elif changed:
                self.changes.note(changed)
            # A poll that gives no lease takes none away: the one that was given before goes on.
            if lease:
                self.lease.renew(sent_at, lease, self.clock.now())

    def forget_all(self):
        with self.lock:
            self.lease.end()
            self._kept.clear()


class StrictState(State):
    """Keeps nothing, and never holds a lease."""

    def __init__(self):
        super().__init__(1)

    def keep(self, key, answer, sent_at, position):
        return False


def _is_keepable(answer):
    if not answer or answer.get("single_use") is True:
        return False
    return isinstance(answer.get("sid"), str) and type(answer.get("lifetime_ms")) in (int, float)

import marshal
from array import array
from hashlib import sha256

from . import clock

_LONGEST = 5 * 60

# Which answers have in common what these are not.
_OWN = ("sub", "username", "jti", "sid", "iat", "exp", "lifetime_ms", "auth_time")
_MOST_COMMON_PARTS = 1_000

_BUCKETS = 2**18


class Changes:
    """What was told to be forgotten, and when.

    It has no list of names: each falls into a bucket, which remembers the last position. So its size is fixed, and
    two names that share a bucket are forgotten together.
    """

    def __init__(self):
        self._last = array("Q", [0]) * _BUCKETS
        self.position = 0

    def note(self, sids):
        self.position += 1
        for sid in sids:
            self._last[bucket_of(sid)] = self.position

    def reset(self):
        self.position += 1
        self._last = array("Q", [self.position]) * _BUCKETS

    def includes(self, bucket, position):
        """Whether a name of that bucket was told to be forgotten after that position."""
        return self._last[bucket] > position


def bucket_of(sid):
    return hash(sid) % _BUCKETS


class KeptAnswers:
    """The answers that are kept, by the SHA-256 of their tokens.

    Two generations stand for the order of use: what is used moves to the young one, and when that is full the old
    one goes. So the half of ``max_tokens`` that was used last is always there. Writers hold the state's lock.
    """

    def __init__(self, max_tokens):
        self._young, self._old = {}, {}
        self._common = {}
        self._most = max(1, max_tokens // 2)

    def get(self, key):
        """What was kept; the lock is not needed."""
        return self._young.get(key) or self._old.get(key)

    def use(self, key):
        """Moves it to the young generation, if it is not there."""
        kept = self._old.pop(key, None)
        if kept:
            self._add(key, kept)

    def is_young(self, key):
        return key in self._young

    def keep(self, key, answer, sent_at, position):
        lifetime = min(answer["lifetime_ms"] / 1000, _LONGEST) - clock.ERROR
        own = marshal.dumps([answer.get(name) for name in _OWN])
        common = marshal.dumps({name: value for name, value in answer.items() if name not in _OWN})
        if len(self._common) >= _MOST_COMMON_PARTS:
            self._common.clear()
        common = self._common.setdefault(common, common)
        self._old.pop(key, None)
        self._add(key, Kept(sent_at + lifetime, position, bucket_of(answer["sid"]), common, own))

    def clear(self):
        self._young, self._old = {}, {}

    def _add(self, key, kept):
        if len(self._young) >= self._most and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = kept


class Kept:
    """An answer in as few bytes as possible."""

    __slots__ = ("end", "position", "bucket", "_common", "_own")

    def __init__(self, end, position, bucket, common, own):
        self.end = end
        """From then on it is too old."""
        self.position = position
        """Of the changes, when its question was sent."""
        self.bucket = bucket
        self._common = common
        self._own = own

    def unpacked(self):
        """A copy of the answer as it came: what a caller does to it reaches no other."""
        answer = marshal.loads(self._common)
        for name, value in zip(_OWN, marshal.loads(self._own)):
            if value is not None:
                answer[name] = value
        return answer


def key_of(token):
    return sha256(token.encode()).digest()

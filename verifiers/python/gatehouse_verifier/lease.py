from . import clock


class Lease:
    """Gatehouse's promise to wait for this verifier before it tells anybody that something is revoked."""

    def __init__(self):
        # Its end, and how many gaps there were before: read and replaced together.
        self._now = (float("-inf"), 0)

    def hold(self, now):
        """Which of the leases held without a gap is held now; None if none is."""
        end, gaps = self._now
        return gaps if now < end else None

    def renew(self, sent_at, length, now):
        """Counts from the sending of the poll: its answer may have been on its way for long."""
        gap = 0 if self.hold(now) is not None else 1
        self._now = (sent_at + length - clock.ERROR, self._now[1] + gap)

    def end(self):
        self._now = (float("-inf"), self._now[1])

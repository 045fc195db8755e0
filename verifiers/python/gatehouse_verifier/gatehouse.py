import base64
import http.client
import json
import socket
import ssl
from threading import Lock
from time import monotonic
from urllib.parse import quote, urlencode, urlsplit

_QUESTION_TIMEOUT = 5.0
_FAREWELL_TIMEOUT = 1.0

# More is no answer of Gatehouse: 5,000 changes a second for 4 s take less.
_MOST_BYTES = 1_048_576
_PIECE_BYTES = 65_536

_REASONS = {
    401: "Gatehouse refuses the client: check client_id and client_secret",
    403: "The client may not introspect: create it with --introspect",
}

# The server had closed a connection that was kept for the next request.
_CLOSED = (http.client.BadStatusLine, ConnectionError, ssl.SSLEOFError)


class GatehouseUnavailable(Exception):
    """Gatehouse could not be asked, so nothing is known of the token.

    Answer 503 with ``Retry-After``, never 401: the token may well be live.
    """

    def __init__(self, message, status=None, retry_after=1):
        super().__init__(message)
        self.status = status
        """The status of Gatehouse's answer; None if there was none."""
        self.retry_after = retry_after
        """Seconds."""


class Gatehouse:
    """The three requests that a verifier makes, with authentication by Basic (RFC 6749, section 2.3.1)."""

    def __init__(self, issuer, client_id, client_secret):
        url = urlsplit(issuer)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("issuer begins with https:// or http://, and names a host")
        self._url = url
        self._path = url.path.rstrip("/")
        self._context = ssl.create_default_context() if url.scheme == "https" else None
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self._idle = []
        self._lock = Lock()
        self._polling = None

    def introspect(self, token):
        """The answer, or None if the token is not active. Raises GatehouseUnavailable."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"token": token})
        connection = self._idle_connection()
        deadline = monotonic() + _QUESTION_TIMEOUT
        try:
            answer = self._ask(connection, deadline, "POST", "/oauth/introspect", body, headers)
        finally:
            with self._lock:
                self._idle.append(connection)
        if isinstance(answer, dict) and answer.get("active") is True:
            return answer
        if isinstance(answer, dict) and answer.get("active") is False:
            return None
        raise GatehouseUnavailable("The answer is not one of introspection: is issuer Gatehouse?")

    def changes(self, verifier, after, wait_ms, timeout):
        """``(next, lease in seconds, names)``; names are None if everything is to be forgotten.

        Raises GatehouseUnavailable also if the answer is not one of the feed.
        """
        query = {"verifier": verifier, "wait": wait_ms}
        if after is not None:
            query["after"] = after
        self._polling = self._polling or self._connection()
        path = "/oauth/changes?" + urlencode(query)
        news = self._ask(self._polling, monotonic() + timeout, "GET", path)
        news = news if isinstance(news, dict) else {}
        cursor, lease, changed = news.get("next"), news.get("lease"), news.get("changed")
        if isinstance(cursor, str) and type(lease) in (int, float) and lease >= 0:
            if news.get("reset") is True:
                return cursor, lease / 1000, None
            if isinstance(changed, list) and all(isinstance(sid, str) for sid in changed):
                return cursor, lease / 1000, changed
        raise GatehouseUnavailable("The answer is not one of the feed: is issuer Gatehouse?")

    def abandon_poll(self):
        """Wakes the thread that waits for the answer of a poll."""
        sock = self._polling and self._polling.sock
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is closed already.

    def give_back(self, verifier):
        """Gives the lease back. Raises GatehouseUnavailable."""
        deadline = monotonic() + _FAREWELL_TIMEOUT
        self._ask(self._connection(), deadline, "DELETE", f"/oauth/changes?verifier={verifier}")

    def _connection(self):
        url = self._url
        if self._context:
            return http.client.HTTPSConnection(url.hostname, url.port, context=self._context)
        return http.client.HTTPConnection(url.hostname, url.port)

    def _idle_connection(self):
        with self._lock:
            return self._idle.pop() if self._idle else self._connection()

    def _ask(self, connection, deadline, method, path, body=None, headers=()):
        headers = {**dict(headers), "Authorization": self._authorization}
        request = (method, self._path + path, body, headers)
        was_used = connection.sock is not None
        try:
            try:
                status, retry_after, text = _exchange(connection, deadline, request)
            except _CLOSED:
                connection.close()
                if not was_used or method != "POST":
                    raise
                status, retry_after, text = _exchange(connection, deadline, request)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            reason = f"Gatehouse cannot be reached at {self._url.geturl()}: {error}"
            raise GatehouseUnavailable(reason) from error
        if status not in (200, 204):
            reason = _REASONS.get(status, f"Gatehouse answered {status}")
            raise GatehouseUnavailable(reason, status, retry_after)
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError):
            return None


def _exchange(connection, deadline, request):
    """One request and its answer by a deadline on the monotonic clock."""
    connection.timeout = _left(deadline)
    if connection.sock:
        connection.sock.settimeout(connection.timeout)
    method, path, body, headers = request
    connection.request(method, path, body, headers)
    connection.sock.settimeout(_left(deadline))
    response = connection.getresponse()
    pieces = []
    while sum(map(len, pieces)) <= _MOST_BYTES:
        if connection.sock:  # else the server has said that it closes it, and the answer is here
            connection.sock.settimeout(_left(deadline))
        piece = response.read1(_PIECE_BYTES)
        if not piece:
            # Python 3.11 does not do it by itself at the end of a body whose length was told.
            response.close()
            seconds = response.headers.get("Retry-After", "")
            retry_after = int(seconds) if seconds.isdecimal() and len(seconds) < 6 else 1
            return response.status, retry_after, b"".join(pieces)
        pieces.append(piece)
    raise OSError(f"the answer has more than {_MOST_BYTES} bytes")


def _left(deadline):
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError("there was no answer in time")
    return seconds

import re
import zlib

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# RFC 6750, section 2.1; more characters than fit in the headers of a request are no token.
_TOKEN = re.compile(r"[A-Za-z0-9_.~+/-]{1,16000}=*")
_KEY = re.compile(r"gth_[0-9A-Za-z]{36}")
_CHECKSUM_LENGTH = 6


def is_well_formed(token):
    """Whether a text may be a token or an API key. One with a typing error is refused without a question."""
    if not token.startswith("gth_"):
        return _TOKEN.fullmatch(token) is not None
    if not _KEY.fullmatch(token):
        return False
    body = token[:-_CHECKSUM_LENGTH]
    return token == body + _in_base62(zlib.crc32(body.encode()))


def _in_base62(value):
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))

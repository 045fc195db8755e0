"""requests-oauthlib: a client's token, and a request with it."""

import json
import os

# The tests' service speaks HTTP on loopback.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from oauthlib.oauth2 import BackendApplicationClient  # noqa: E402
from requests.auth import HTTPBasicAuth  # noqa: E402
from requests_oauthlib import OAuth2Session  # noqa: E402

ISSUER, CLIENT_ID, CLIENT_SECRET = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))


def session():
    return OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))


in_header = session()
basic = in_header.fetch_token(f"{ISSUER}/oauth/token", auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))
in_body = session().fetch_token(
    f"{ISSUER}/oauth/token", client_secret=CLIENT_SECRET, include_client_id=True
)
validated = in_header.post(f"{ISSUER}/validate_token")
print(json.dumps({"basic": basic, "post": in_body, "validated": validated.status_code}))

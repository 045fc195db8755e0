"""Authlib: a client's token, introspection and revocation, with both places for the credentials."""

import json
import os

from authlib.integrations.requests_client import OAuth2Session

ISSUER = os.environ["ISSUER"]
USER_TOKEN = os.environ["USER_TOKEN"]

metadata = OAuth2Session().get(f"{ISSUER}/.well-known/oauth-authorization-server", withhold_token=True).json()


def run(method):
    session = OAuth2Session(
        os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], token_endpoint_auth_method=method, scope="orders:read"
    )
    granted = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")

    def introspect(token):
        return session.introspect_token(metadata["introspection_endpoint"], token=token).json()

    active = introspect(granted["access_token"])
    revoked = session.revoke_token(metadata["revocation_endpoint"], token=granted["access_token"]).status_code
    return {
        "granted": granted,
        "active": active,
        "user": introspect(USER_TOKEN),
        "revoked": revoked,
        "afterRevocation": introspect(granted["access_token"]),
    }


print(json.dumps({"basic": run("client_secret_basic"), "post": run("client_secret_post")}))

"""PyJWT: verification by the key set."""

import json
import os

import jwt

ISSUER, USER_TOKEN = os.environ["ISSUER"], os.environ["USER_TOKEN"]
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")


def verify(token):
    try:
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key.key, algorithms=["ES256", "RS256"], issuer=ISSUER, audience=ISSUER)
    except jwt.PyJWTError as error:
        return {"error": type(error).__name__}


print(json.dumps({"user": verify(USER_TOKEN), "forged": verify(USER_TOKEN[:-10] + "AAAAAAAAAA")}))

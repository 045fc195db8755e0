"""A small API on Flask: flask --app example run"""

import atexit
import functools
import os

from flask import Flask, g, jsonify, request
from gatehouse_verifier import GatehouseUnavailable, Verifier

verifier = Verifier(
    os.environ["GATEHOUSE_URL"],
    os.environ["GATEHOUSE_CLIENT_ID"],
    os.environ["GATEHOUSE_CLIENT_SECRET"],
)
atexit.register(verifier.close)
app = Flask(__name__)


def refused(status, detail, **headers):
    answer = jsonify(status=status, detail=detail)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer, status, {**headers, "Content-Type": "application/problem+json"}


def is_let_in(answer, role, scope):
    if answer.get("sub") == answer.get("client_id"):
        return scope in answer.get("scope", "").split(" ")
    return role in answer.get("roles", []) if role else not scope


def guard(role=None, scope=None):
    """Lets persons in (if a role is named, those who have it), and clients with the scope.

    ``g.gatehouse`` says who it is.
    """

    def decorate(view):
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            bearer = 'Bearer realm="api"'
            if scheme.lower() != "bearer":
                return refused(401, "A Bearer token is required", WWW_Authenticate=bearer)
            try:
                answer = verifier.verify(token.strip())
            except GatehouseUnavailable as error:
                return refused(503, "The token cannot be checked", Retry_After=str(error.retry_after))
            if answer is None:
                challenge = bearer + ', error="invalid_token"'
                return refused(401, "The token is not valid", WWW_Authenticate=challenge)
            if not is_let_in(answer, role, scope):
                challenge = bearer + ', error="insufficient_scope"'
                challenge += f', scope="{scope}"' if scope else ""
                return refused(403, "The token does not give access", WWW_Authenticate=challenge)
            g.gatehouse = answer
            return view(*args, **kwargs)

        return guarded

    return decorate


@app.get("/hello")
@guard()
def hello():
    return {"hello": g.gatehouse["username"]}


@app.get("/reports")
@guard(role="auditor", scope="reports")
def reports():
    return {"reports": []}

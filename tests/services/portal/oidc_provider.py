"""A small OpenID Connect provider on loopback: codes, PKCE, signed ID tokens, sessions, sign-out.

It checks what a provider must (client, secret, redirect address, verifier, each code once) and
refuses otherwise. ``tamper`` and what is beside it make it a bad one, as an attacker would.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response

from tests.services.portal.serving import listen, serve

CLIENT, SECRET = "kith", "a secret of the client + more"
SESSION = "provider_session"
Claims = dict[str, Any]


@dataclass
class SigningKey:
    """``private``: RSA, made anew for each."""

    id: str
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def public(self) -> dict[str, Any]:
        found = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**found, "kid": self.id, "use": "sig"}


@dataclass
class Provider:
    """``people``: the claims of each, by login. ``published``: keys whose public half is told."""

    issuer: str = ""
    back: set[str] = field(default_factory=set)
    after_sign_out: set[str] = field(default_factory=set)
    people: dict[str, Claims] = field(default_factory=dict)
    key: SigningKey = field(default_factory=lambda: SigningKey("first"))
    published: list[SigningKey] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tamper: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    sign: Callable[[Provider, Claims], str] | None = None
    answers: str | None = None
    """An error instead of a code."""
    down: bool = False
    ends_sessions: bool = True
    methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    said_issuer: str | None = None

    def id_token(self, claims: Claims) -> str:
        if self.sign is not None:
            return self.sign(self, claims)
        return jwt.encode(claims, self.key.private, "RS256", headers={"kid": self.key.id})

    def reset(self) -> None:
        """As every test finds it."""
        fresh = Provider(key=self.key, published=[self.key])
        for name in ("issuer", "back", "after_sign_out"):
            setattr(fresh, name, getattr(self, name))
        self.__dict__.update(fresh.__dict__)


def create_provider(state: Provider) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def may_be_down(request: Request, call_next: Any) -> Response:
        state.asked.append(request.url.path)
        if state.down:
            return JSONResponse({"error": "secret of the provider"}, 500)
        answer: Response = await call_next(request)
        return answer

    @app.get("/realm/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        said = {
            "issuer": state.said_issuer or state.issuer,
            "authorization_endpoint": f"{state.issuer}/authorize",
            "token_endpoint": f"{state.issuer}/token",
            "jwks_uri": f"{state.issuer}/keys",
            "token_endpoint_auth_methods_supported": list(state.methods),
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }
        return said | (
            {"end_session_endpoint": f"{state.issuer}/logout"} if state.ends_sessions else {}
        )

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status_code=204)

    @app.get("/realm/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [key.public() for key in state.published]}

    def authorised(query: dict[str, str], who: str) -> Response:
        if state.answers:
            said = {"error": state.answers, "error_description": "<b>not ours</b>"}
        else:
            code = secrets.token_urlsafe(8)
            state.codes[code] = query | {"who": who}
            said = {"code": code}
        said |= {"state": query["state"], "iss": state.issuer}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(said)}", 302)

    @app.get("/realm/authorize")
    async def authorize(request: Request) -> Response:
        query = dict(request.query_params)
        right = (
            query["client_id"] == CLIENT
            and query["redirect_uri"] in state.back
            and query["response_type"] == "code"
            and query["code_challenge_method"] == "S256"
            and len(query["code_challenge"]) == 43
            and query["scope"].split()[0] == "openid"
        )
        if not right:
            return HTMLResponse("not a client of ours", 400)
        who = state.sessions.get(request.cookies.get(SESSION, ""))
        if who and query.get("prompt") != "login":
            return authorised(query, who)
        hidden = "".join(f'<input type="hidden" name="{k}" value="{v}">' for k, v in query.items())
        buttons = "".join(f'<button name="who" value="{p}">{p}</button>' for p in state.people)
        return HTMLResponse(
            f'<h1>The council’s sign-in</h1><form method="post" action="/realm/login">{hidden}'
            f"{buttons}</form>"
        )

    @app.post("/realm/login")
    async def login(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        who = form.pop("who")
        session = secrets.token_urlsafe(8)
        state.sessions[session] = who
        answer = authorised(form, who)
        answer.set_cookie(SESSION, session, httponly=True, samesite="lax")
        return answer

    @app.post("/realm/token")
    async def token(
        request: Request,
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
    ) -> Response:
        basic = request.headers.get("authorization", "")
        wanted = base64.b64encode(f"{CLIENT}:a+secret+of+the+client+%2B+more".encode()).decode()
        shown = "client_secret_basic" if basic == f"Basic {wanted}" else ""
        if (client_id, client_secret) == (CLIENT, SECRET):
            shown = "client_secret_post"
        if shown not in state.methods:
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = state.codes.get(code)
        challenge = hashlib.sha256(code_verifier.encode()).digest()
        if (
            asked is None
            or code in state.used
            or asked["redirect_uri"] != redirect_uri
            or asked["code_challenge"] != base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        state.used.add(code)
        now = int(time.time())
        claims = {
            "iss": state.issuer,
            "sub": f"sub-{asked['who']}",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | state.people[asked["who"]]
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(8),
                "token_type": "Bearer",
                "id_token": state.id_token(state.tamper(claims)),
            }
        )

    @app.get("/realm/logout")
    async def logout(request: Request) -> Response:
        back = request.query_params["post_logout_redirect_uri"]
        if request.query_params["client_id"] != CLIENT or back not in state.after_sign_out:
            return HTMLResponse("not a client of ours", 400)
        state.sessions.pop(request.cookies.get(SESSION, ""), None)
        answer = RedirectResponse(back, 302)
        answer.delete_cookie(SESSION)
        return answer

    return app


@contextlib.contextmanager
def open_provider() -> Iterator[Provider]:
    """One that runs and knows nobody yet."""
    state, listener = Provider(), listen()
    state.published = [state.key]
    state.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}/realm"
    with serve(create_provider(state), listener):
        yield state

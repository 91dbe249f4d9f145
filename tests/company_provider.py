"""A small OpenID Connect provider on 127.0.0.1: discovery, authorize, token with PKCE, keys, user info."""

from __future__ import annotations

import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

CLIENT, SECRET = "winloss", "only between us"


class Provider:
    """What it says can be changed before each sign-in; `asked` holds the parameters of the last authorization."""

    def __init__(self) -> None:
        self.address = ""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with = self.key
        self.user: dict[str, Any] = {"sub": "u1", "email": "rita@example.test", "email_verified": True, "name": "Rita"}
        self.info: dict[str, Any] = {}
        """What user info says differently."""
        self.token: dict[str, Any] = {}
        """What the id token says differently."""
        self.answers: dict[str, tuple[int, bytes]] = {}
        """Whole answers of some paths."""
        self.asked: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()

    def discovery(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to."""
        self.asked = asked
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(given.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or asked.get("code_challenge_method") != "S256"
            or challenge != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
            or (given["client_id"], given["client_secret"]) != (CLIENT, SECRET)
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(8)
        self._tokens.add(access)
        now = int(timezone.now().timestamp())
        told = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked.get("nonce", "")}
        claims = {**self.user, **told, **self.token}
        signed = jwt.encode(claims, self.signs_with, algorithm="RS256", headers={"kid": "k1"})
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": signed}

    def userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization.removeprefix("Bearer ") not in self._tokens:
            return 401, {"error": "invalid_token"}
        return 200, {**self.user, **self.info}


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, served as long as the block runs."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(provider: Provider, path: str, authorization: str) -> tuple[int, dict[str, Any]]:
    if path == "/userinfo":
        return provider.userinfo(authorization)
    known = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
    return (200, known[path]()) if path in known else (404, {})


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path in provider.answers:
                self._send(*provider.answers[url.path])
            elif url.path == "/authorize":
                self._on({name: values[0] for name, values in parse_qs(url.query).items()})
            else:
                self._json(*_answer(provider, url.path, self.headers.get("Authorization", "")))

        def _on(self, asked: dict[str, str]) -> None:
            self.send_response(302)
            self.send_header("Location", provider.authorize(asked))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if "/token" in provider.answers:
                self._send(*provider.answers["/token"])
            else:
                self._json(*provider.exchange({name: values[0] for name, values in parse_qs(body).items()}))

        def _json(self, status: int, told: dict[str, Any]) -> None:
            self._send(status, json.dumps(told).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the base class calls it
            pass

    return Handler

#!/usr/bin/env python3
"""glewlwyd, an OpenID Connect provider that other people wrote in C, for tests: becomes it, on a free port of this machine, and
writes its issuer into a file once people can sign in.

There are ada, whose address is verified, and eve, who claims the same one; both have agreed to tell "client" who they are.
"""

import argparse
import http.cookiejar
import json
import os
import socket
import sqlite3
import time
import urllib.request
from pathlib import Path

from joserfc.jwk import RSAKey

parser = argparse.ArgumentParser()
parser.add_argument("--installation", required=True, help="where the package is unpacked")
parser.add_argument("--issuer-file", required=True)
parser.add_argument("--redirect", default="http://test/auth/callback/test")
arguments = parser.parse_args()

ROOT = Path(arguments.installation).resolve()
FOLDER = Path(arguments.issuer_file).resolve().parent
DATABASE = FOLDER / "glewlwyd.db"
SCHEMA = ROOT / "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
MODULES = ROOT / "usr/lib/glewlwyd"
PASSWORD = "correct horse"
# What a user has beside name and address: whether the address is verified.
USER_PROPERTIES = {"verified": {"multiple": False, "read": True, "write": True}}

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]
URL = f"http://localhost:{PORT}"


def prepare() -> Path:
    """Makes the database, with the package's administrator, and the settings."""
    with sqlite3.connect(DATABASE) as database:
        database.executescript(SCHEMA.read_text())
        parameters = json.dumps({"use-glewlwyd-connection": True, "data-format": USER_PROPERTIES})
        database.execute("UPDATE g_user_module_instance SET gumi_parameters = ?", (parameters,))
    none = FOLDER / "no-modules"
    none.mkdir()
    settings = {
        "port": PORT,
        "bind_address": "127.0.0.1",
        "external_url": URL,
        "login_url": "login.html",
        "api_prefix": "api",
        "log_mode": "console",
        "log_level": "WARNING",
        "cookie_secure": 0,
        "session_key": "GLEWLWYD2_SESSION_ID",
        "admin_scope": "g_admin",
        "profile_scope": "g_profile",
        "user_module_path": str(MODULES / "user"),
        "user_middleware_module_path": str(none),
        "client_module_path": str(MODULES / "client"),
        "user_auth_scheme_module_path": str(MODULES / "scheme"),
        "plugin_module_path": str(MODULES / "plugin"),
        "hash_algorithm": "SHA512",
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    lines.append(f'database = {{ type = "sqlite3"; path = {json.dumps(str(DATABASE))}; }};')
    file = FOLDER / "glewlwyd.conf"
    file.write_text("\n".join(lines) + "\n")
    return file


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def call(who: urllib.request.OpenerDirector, method: str, path: str, body: object) -> None:
    request = urllib.request.Request(URL + path, method=method, data=json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    with who.open(request, timeout=10) as answer:
        answer.read()


def wait_until_it_listens() -> None:
    for _ in range(1_000):
        try:
            socket.create_connection(("127.0.0.1", PORT)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("glewlwyd does not listen")


def plugin() -> dict[str, object]:
    key = RSAKey.generate_key(2048)
    return {
        "iss": f"{URL}/api/oidc",
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        "key": key.as_pem(private=True).decode(),
        "cert": key.as_pem(private=False).decode(),
        "access-token-duration": 3600,
        "refresh-token-duration": 3600,
        "code-duration": 600,
        "auth-type-code-enabled": True,
        "subject-type": "public",
        "pkce-allowed": True,
        "pkce-required": True,
        "name-claim": "mandatory",
        "email-claim": "mandatory",
        "scope-claim": "no",
        "claims": [
            {
                "name": "email_verified",
                "user-property": "verified",
                "type": "boolean",
                "boolean-value-true": "yes",
                "boolean-value-false": "no",
                "mandatory": True,
                "scope": [],
            }
        ],
        "jwks-show": True,
    }


def furnish() -> None:
    """Makes the provider, its client and its people by the API, as an administrator does."""
    wait_until_it_listens()
    admin = browser()
    call(admin, "POST", "/api/auth/", {"username": "admin", "password": "password"})
    oidc = {"module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "parameters": plugin()}
    call(admin, "POST", "/api/mod/plugin/", oidc)
    for scope in ("profile", "email"):
        call(admin, "POST", "/api/scope/", {"name": scope, "display_name": scope, "password_required": False})
    client = {
        "client_id": "client",
        "name": "Oliver",
        "confidential": True,
        "client_secret": "secret",
        "password": "secret",
        "redirect_uri": [arguments.redirect],
        "authorization_type": ["code"],
        "token_endpoint_auth_method": ["client_secret_basic"],
        "enabled": True,
    }
    call(admin, "POST", "/api/client/", client)
    for name, email, is_verified in (("ada", "Ada@example.com", True), ("eve", "ada@example.com", False)):
        person = {
            "username": name,
            "name": name.capitalize(),
            "email": email,
            "verified": "yes" if is_verified else "no",
            "password": PASSWORD,
            "scope": ["openid", "profile", "email"],
            "enabled": True,
        }
        call(admin, "POST", "/api/user/", person)
        own = browser()
        call(own, "POST", "/api/auth/", {"username": name, "password": PASSWORD})
        call(own, "PUT", "/api/auth/grant/client", {"scope": "openid profile email"})


def main() -> None:
    settings = prepare()
    # The parent becomes the server: whoever ends this process ends it.
    if os.fork() > 0:
        os.execv(ROOT / "usr/bin/glewlwyd", ["glewlwyd", "--config-file", str(settings)])
    furnish()
    new = Path(arguments.issuer_file + ".new")
    new.write_text(f"{URL}/api/oidc")
    new.rename(arguments.issuer_file)


main()

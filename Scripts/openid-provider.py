#!/usr/bin/env python3
"""A real OpenID Connect provider for tests: writes its issuer into a file and serves until it is killed."""

import argparse
import os
import threading

import oidc_provider_mock
from oidc_provider_mock import User

parser = argparse.ArgumentParser()
parser.add_argument("--issuer-file", required=True)
arguments = parser.parse_args()

users = [
    User(sub="ada", claims={"email": "Ada@example.com", "email_verified": True, "name": "Ada Lovelace"}),
    User(sub="eve", claims={"email": "ada@example.com", "email_verified": False, "name": "Eve"}),
]

with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
    with open(arguments.issuer_file + ".new", "w", encoding="utf-8") as file:
        file.write(f"http://localhost:{server.server_port}")
    os.rename(arguments.issuer_file + ".new", arguments.issuer_file)
    threading.Event().wait()

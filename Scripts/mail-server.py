"""The mail server of the tests: a real one (aiosmtpd), which keeps what it takes as files, one for each mail.

The local part of a recipient says how it is treated: `refused` is refused for good, `busy` for now, `slow` waits, and
`lost` is taken and then told nothing, as by a server that dies at the worst moment.
"""

import argparse
import asyncio
import email
import email.policy
import itertools
import json
import os
import signal
import ssl
import subprocess
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        if local.startswith("busy"):
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(to.startswith("slow") for to in envelope.rcpt_tos):
            await asyncio.sleep(60)
        name = f"{time.time_ns()}-{os.getpid()}-{next(self.numbers)}"
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "tls": server.transport.get_extra_info("sslcontext") is not None,
        } | parse(envelope.content)
        with open(f"{self.folder}/.{name}", "w") as file:
            json.dump(mail, file)
        os.rename(f"{self.folder}/.{name}", f"{self.folder}/{name}.json")
        if any(to.startswith("lost") for to in envelope.rcpt_tos):
            server.transport.abort()
            await asyncio.sleep(1)
        return f"250 2.0.0 queued as {name}"


def parse(content):
    """What a mail client makes of a message."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    bodies = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    return {
        "subject": message["subject"],
        "sender": message["from"],
        "recipients": message["to"],
        "message_id": message["message-id"],
        "headers": message.keys(),
        "date": message["date"].datetime.isoformat() if message["date"] else None,
        "text": bodies["plain"].get_content() if bodies["plain"] else "",
        "html": bodies["html"].get_content() if bodies["html"] else "",
        "defects": [str(defect) for part in message.walk() for defect in part.defects],
        "longest_line": max(len(line) for line in content.split(b"\r\n")),
    }


def make_certificate(folder):
    """A certificate for the loopback address that signs itself; made once, so that a restarted server is trusted."""
    if not os.path.exists(f"{folder}/cert.pem"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{folder}/key.pem",
             "-out", f"{folder}/cert.new"],
            check=True, stderr=subprocess.DEVNULL)
        os.rename(f"{folder}/cert.new", f"{folder}/cert.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    return context


async def serve(options):
    mails = f"{options.folder}/mails"
    os.makedirs(mails, exist_ok=True)
    context = make_certificate(options.folder)
    handler = Handler(mails)
    settings = {"hostname": "localhost", "data_size_limit": 10_000_000, "timeout": 120}
    if options.security == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if options.user:
        def check(server, session, envelope, mechanism, data):
            right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (
                options.user, options.password)
            return AuthResult(success=right, handled=False, auth_data=data if right else None)
        settings |= {"authenticator": check, "auth_required": True, "auth_require_tls": options.security == "starttls"}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, **settings), "127.0.0.1", options.port,
        ssl=context if options.security == "tls" else None)
    port = server.sockets[0].getsockname()[1]
    with open(f"{options.folder}/.port", "w") as file:
        file.write(str(port))
    os.rename(f"{options.folder}/.port", f"{options.folder}/port")
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


parser = argparse.ArgumentParser()
parser.add_argument("--folder", required=True)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--security", choices=["starttls", "tls", "none"], default="starttls")
parser.add_argument("--user")
parser.add_argument("--password")
asyncio.run(serve(parser.parse_args()))
sys.exit(0)

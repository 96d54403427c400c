"""A mail server for tests: takes mail on loopback, and does what the recipient's address tells it to.

Every letter that is accepted is a line of JSON in the file `letters` of the folder that it is started with. Once it
listens it prints its port. It ends when its standard input does, so that it cannot outlive the test.
"""

import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Orders:
    """What the first part of a recipient's address asks for."""

    def __init__(self, letters):
        self.letters = letters

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("unwanted@"):
            return "550 5.7.1 this sender is not wanted"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        order = address.split("@")[0]
        if order == "refuse":
            return "550 5.1.1 there is nobody of this name"
        if order == "put-off":
            return "451 4.2.1 come back later"
        if order == "break-before-data":
            server.transport.abort()
        if order in ("stall-before-data", "break-before-data"):
            await asyncio.get_running_loop().create_future()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        order = envelope.rcpt_tos[0].split("@")[0]
        if order == "refuse-letter":
            return "554 5.6.0 this letter is not wanted"
        if order == "put-off-letter":
            return "452 4.3.1 no room today"
        self.keep(server, session, envelope)
        if order == "break-after-data":
            server.transport.abort()
        if order in ("stall-after-data", "break-after-data"):
            await asyncio.get_running_loop().create_future()
        return "250 2.0.0 taken as letter 1"

    def keep(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)

        def body(kind):
            part = letter.get_body([kind])
            return part.get_content().replace("\r\n", "\n") if part else None

        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data and session.auth_data.login.decode(),
            # Raw UTF-8, as SMTPUTF8 allows it, comes out of the parser as surrogates.
            "named": [address.addr_spec.encode(errors="surrogateescape").decode() for address in letter["To"].addresses],
            "headers": [[name, str(value)] for name, value in letter.items()],
            "text": body("plain"),
            "html": body("html"),
            "raw": envelope.content.decode("utf-8", "replace"),
        }
        with self.letters.open("a") as file:
            file.write(json.dumps(kept) + "\n")


def certificate(folder):
    """Makes an authority of this run and a certificate of it; the authority is written down to be trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--folder", type=pathlib.Path, required=True)
    arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], required=True)
    arguments.add_argument("--login", help="user:password that must be given")
    asked = arguments.parse_args()

    trust = None if asked.tls == "none" else certificate(asked.folder)
    login = asked.login and tuple(part.encode() for part in asked.login.split(":", 1))

    def authenticate(server, session, envelope, mechanism, given):
        good = isinstance(given, LoginPassword) and (given.login, given.password) == login
        return AuthResult(success=good, handled=False, auth_data=given if good else None)

    def connection():
        return SMTP(
            Orders(asked.folder / "letters"),
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=trust if asked.tls == "starttls" else None,
            require_starttls=asked.tls == "starttls",
            authenticator=authenticate if login else None,
            auth_required=bool(login),
            # It knows only of TLS that it began itself.
            auth_require_tls=asked.tls == "starttls",
        )

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        connection, "127.0.0.1", 0, ssl=trust if asked.tls == "implicit" else None
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())

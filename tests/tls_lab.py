"""A laboratory of TLS on loopback: an authority, certificates with any fault, servers that behave as told."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
import socketserver
import ssl
import threading
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Files(NamedTuple):
    certificate: object
    key: object


def write_secret(path, content):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


class Authority:
    """A root, and what it signs."""

    def __init__(self, folder, name="TEST - Racine"):
        self.folder = folder
        self.now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self.name, self.key, self.now - DAY, self.now + 30 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        # Python 3.13 refuses an authority that does not say what its key is for.
        builder = builder.add_extension(SIGNS_CERTIFICATES, critical=True)
        self.pem = folder / f"{name.replace(' ', '')}.pem"
        self.pem.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _builder(self, subject, key, debut, fin):
        public = key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(debut)
            .not_valid_after(fin)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )

    def issue(self, name, *, usage=CLIENT, debut=None, fin=None, hosts=("127.0.0.1",), siret="", passphrase=None):
        """Write a certificate and its key; `siret` goes into OU `0002`."""
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
        if siret:
            attributes.insert(1, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"0002 {siret}"))
        builder = self._builder(x509.Name(attributes), key, debut or self.now - DAY, fin or self.now + 5 * DAY)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if usage is SERVER:
            names = [
                x509.DNSName(host) if host[0].isalpha() else x509.IPAddress(ipaddress.ip_address(host))
                for host in hosts
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        files = Files(self.folder / f"{name}.pem", self.folder / f"{name}-key.pem")
        files.certificate.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        write_secret(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
        return files


class Request(NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes
    peer: bytes | None


class Reply(NamedTuple):
    """What a server says; `raw` instead of it writes these bytes and closes (b"": it only closes)."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple = (("Content-Type", "application/json"),)
    raw: bytes | None = None


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self._serve(self.server.context.wrap_socket(self.request, server_side=True))

    def _serve(self, secured):
        with secured, secured.makefile("rb") as reader:
            while line := reader.readline():
                method, path, _ = line.decode().split()
                headers = dict(item.decode().strip().split(": ", 1) for item in iter(reader.readline, b"\r\n"))
                headers = {name.lower(): value for name, value in headers.items()}
                body = reader.read(int(headers.get("content-length", 0)))
                self.server.seen.append(Request(method, path, headers, body, secured.getpeercert(binary_form=True)))
                reply = self.server.respond(self.server.seen[-1])
                if reply.raw is not None:
                    secured.sendall(reply.raw)
                    return
                secured.sendall(_http(reply))


def _http(reply):
    lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in reply.headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(reply.body)}", "", ""]).encode() + reply.body


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Running(NamedTuple):
    url: str
    port: int
    seen: list


@contextlib.contextmanager
def serving(identity, client_ca, respond=lambda _: Reply(), *, version=None, tickets=2):
    """Serve HTTPS on a free port of 127.0.0.1 until the block ends; `seen` holds the requests."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
    context.load_cert_chain(*identity)
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = tickets
    if version:
        context.minimum_version = context.maximum_version = version
    with _Threads(("127.0.0.1", 0), _Handler) as server:
        server.context, server.respond, server.seen = context, respond, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            port = server.server_address[1]
            yield Running(f"https://127.0.0.1:{port}", port, server.seen)
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def deaf():
    """Give a port whose queue of connections is full: a new one is never answered."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.0)
            filler.connect_ex(("127.0.0.1", port))
        yield port


@contextlib.contextmanager
def plain():
    """Give the port of a server that answers in plain HTTP."""

    class Talker(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(1)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with _Threads(("127.0.0.1", 0), Talker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def closed_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]

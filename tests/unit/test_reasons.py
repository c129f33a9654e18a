"""Why a connection or a file failed, told in the user's language; names of exceptions never."""

from __future__ import annotations

import errno
import socket
import ssl

import httpcore
import httpx
import pytest

from fpsctl.antai.faults import ALERTS, VERIFY_CODES, opening_fault, reason_of
from fpsctl.antai.tls import client_context, server_trust
from fpsctl.errors import LocalError
from fpsctl.texts import catalogue, use_language
from fpsctl.validation import os_reason

FREQUENT = (
    "EADDRINUSE", "EADDRNOTAVAIL", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENETUNREACH",
    "ETIMEDOUT", "EMFILE", "ENFILE", "EIO", "ENOSPC", "EDQUOT", "ENOTEMPTY", "ENOEXEC", "EACCES", "EPERM", "ENOENT",
    "EXDEV", "ENXIO",
)  # fmt: skip


def tls_error(reason, kind=ssl.SSLError):
    error = kind(1, "[SSL] english words")
    error.reason = reason
    return error


def not_verified(code):
    error = tls_error("CERTIFICATE_VERIFY_FAILED", ssl.SSLCertVerificationError)
    error.verify_code, error.verify_message = code, "unable to get local issuer certificate"
    return error


def wrapped(error):
    """Wrap a cause as the HTTP library does."""
    inner = httpcore.ConnectError("english words")
    inner.__cause__ = error
    outer = httpx.ConnectError("english words")
    outer.__cause__ = inner
    return outer


@pytest.fixture(autouse=True)
def _french():
    use_language("fr")


@pytest.mark.parametrize("name", FREQUENT)
def test_the_frequent_reasons_of_the_system_are_ours(name):
    assert os_reason(OSError(getattr(errno, name), "english words")) == catalogue("fr")[f"os.{name}"]


@pytest.mark.parametrize("name", ["EAI_NONAME", "EAI_AGAIN", "EAI_NODATA", "EAI_FAIL"])
def test_the_reasons_of_the_dns_are_ours(name):
    error = socket.gaierror(getattr(socket, name), "Name or service not known")
    assert opening_fault(wrapped(error), "x:1").params["detail"] == catalogue("fr")[f"os.{name}"]


@pytest.mark.parametrize("code", [*VERIFY_CODES, 7, 23, 24, 26])
def test_the_verdicts_of_openssl_are_ours(code):
    assert reason_of(not_verified(code)) == catalogue("fr")[f"openssl.verify.{code}"]


def test_a_verdict_that_has_no_words_here_keeps_those_of_openssl():
    assert reason_of(not_verified(9999)) == "unable to get local issuer certificate"


@pytest.mark.parametrize("alert", ALERTS)
@pytest.mark.parametrize("version", ["SSLV3", "TLSV1", "TLSV13"])
def test_every_alert_that_has_a_slug_has_words(alert, version):
    assert reason_of(tls_error(f"{version}_ALERT_{alert}")).startswith("alerte TLS du serveur : ")


@pytest.mark.parametrize(
    "reason",
    ["WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "NO_CERTIFICATE_OR_CRL_FOUND", "NO_SHARED_CIPHER"],
)
def test_the_frequent_reasons_of_openssl_are_ours(reason):
    assert reason_of(tls_error(reason)) == catalogue("fr")[f"openssl.{reason}"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ConnectError(""), "fault.other"),
        (wrapped(None), "fault.other"),
        (httpx.InvalidURL("english words"), "fault.other"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "fault.protocol"),
        (wrapped(TimeoutError("timed out")), "os.ETIMEDOUT"),
        (tls_error(None), "fault.tls"),
    ],
)
def test_nobody_reads_the_name_of_an_exception(error, code):
    assert reason_of(error) == catalogue("fr")[code]


@pytest.mark.parametrize("content", ["x", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_certificate(tmp_path, content):
    path = tmp_path / "file.pem"
    path.write_text(content)
    for attempt in (lambda: server_trust(path), lambda: client_context(None, path, path, None)):
        with pytest.raises(LocalError) as caught:
            attempt()
        assert caught.value.code == "cert.file.unreadable"
        assert caught.value.params["detail"] == catalogue("fr")["cert.file.no-certificate"]


def test_a_certificate_that_is_damaged(tmp_path):
    path = tmp_path / "file.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(LocalError) as caught:
        server_trust(path)
    assert caught.value.params["detail"] == catalogue("fr")["cert.file.unreadable-block"]

"""Where an SI FPS listens, and the TLS context of a client: everything that is wrong is found before any traffic."""

import json
import os
import ssl

import pytest

from fpsctl.antai import load_profile
from fpsctl.antai.client import Identity
from fpsctl.antai.endpoint import Endpoint, find_endpoint
from fpsctl.antai.tls import client_context
from fpsctl.errors import LocalError
from tls_lab import Authority

PUBLIC = load_profile("public")
READY = {"url": "https://127.0.0.1:4443", "management_url": "http://127.0.0.1:4444", "ca": "ca.pem", "pid": 7}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def pair(authority, tmp_path):
    authority.folder = tmp_path
    return authority.issue("town")


def code_of(act, *args, **kwargs):
    with pytest.raises(LocalError) as caught:
        act(*args, **kwargs)
    return caught.value.code


def ready(tmp_path, **changes):
    path = tmp_path / "ready.json"
    path.write_text(json.dumps({**READY, **changes}))
    return path


def profile_with(tmp_path, url):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "profile: mine\nversion: '1'\nextends: public\n"
        f"hosts:\n  recette: {{url: '{url}', confidence: official, source: ours}}\n"
    )
    return load_profile(str(path))


def test_the_sandbox_is_found_by_its_ready_file(tmp_path):
    found = find_endpoint(PUBLIC, "sandbox", ready(tmp_path))
    assert found == Endpoint("sandbox", READY["url"], tmp_path / "ca.pem", READY["management_url"])
    assert (found.host, found.port, found.where) == ("127.0.0.1", 4443, "127.0.0.1:4443")


def test_an_absolute_ca_stays_where_it_is(tmp_path):
    assert str(find_endpoint(PUBLIC, "sandbox", ready(tmp_path, ca="/else/where.pem")).ca) == "/else/where.pem"


def test_without_ready_file_there_is_no_sandbox(tmp_path):
    assert code_of(find_endpoint, PUBLIC, "sandbox", tmp_path / "ready.json") == "sandbox.absent"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": None},
        {"url": ""},
        {"url": "http://127.0.0.1:1"},
        {"url": "https://example.org:1"},
        {"url": "https://10.0.0.1:1"},
        {"url": "https://127.0.0.1:99999"},
        {"url": "https://user@127.0.0.1:1"},
        {"url": "https://127.0.0.1.example.org"},
        {"management_url": "https://127.0.0.1:1"},
        {"management_url": 5},
        {"ca": ""},
    ],
)
def test_a_ready_file_that_does_not_speak_of_this_machine_is_refused(tmp_path, changes):
    assert code_of(find_endpoint, PUBLIC, "sandbox", ready(tmp_path, **changes)) == "sandbox.ready-file"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'"text"'])
def test_a_ready_file_that_is_not_one_is_refused(tmp_path, content):
    path = tmp_path / "ready.json"
    path.write_bytes(content)
    assert code_of(find_endpoint, PUBLIC, "sandbox", path) == "sandbox.ready-file"
    assert code_of(find_endpoint, PUBLIC, "sandbox", tmp_path) == "sandbox.ready-file"


def test_the_public_profile_has_no_host_but_the_sandbox(tmp_path):
    with pytest.raises(LocalError) as caught:
        find_endpoint(PUBLIC, "production", tmp_path / "ready.json")
    assert caught.value.code == "env.unknown"
    assert caught.value.params["known"] == "sandbox"


def test_a_host_of_the_profile_is_used_without_ready_file(tmp_path):
    found = find_endpoint(profile_with(tmp_path, "https://fps.invalid/base/"), "recette", tmp_path / "none.json")
    assert found == Endpoint("recette", "https://fps.invalid/base", None, None)
    assert found.port == 443


@pytest.mark.parametrize("url", ["http://fps.invalid", "fps.invalid", "https://", "https://a..b", "https://h/?q=1"])
def test_a_host_that_is_not_an_https_address_is_refused(tmp_path, url):
    assert code_of(find_endpoint, profile_with(tmp_path, url), "recette", tmp_path) == "env.url"


def test_the_context_verifies_the_server_and_presents_the_certificate(authority, pair):
    context = client_context(authority.pem, *pair, None)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert [dict(names[0] for names in root["subject"]) for root in context.get_ca_certs()] == [
        {"commonName": "TEST - Racine"}
    ]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660])
def test_a_key_that_others_may_touch_is_refused(authority, pair, mode):
    pair.key.chmod(mode)
    with pytest.raises(LocalError) as caught:
        client_context(authority.pem, *pair, None)
    assert caught.value.code == "cert.key.file-mode"
    assert caught.value.params == {"path": pair.key, "mode": f"{mode:04o}"}


def test_a_key_of_another_certificate_is_refused(authority, pair):
    other = authority.issue("other")
    assert code_of(client_context, authority.pem, pair.certificate, other.key, None) == "cert.key.mismatch"


def test_a_passphrase_is_needed_and_must_be_right(authority, capfd):
    words = "dix-huit"
    locked = authority.issue("locked", passphrase=words)
    assert client_context(authority.pem, *locked, words)
    for wrong in (None, "", words[:-1], words * 300):
        assert code_of(client_context, authority.pem, *locked, wrong) == "cert.key.passphrase"
    assert capfd.readouterr() == ("", "")  # OpenSSL never asked


def test_files_that_cannot_be_read_are_told_one_by_one(authority, pair, tmp_path):
    garbage, absent = tmp_path / "garbage.pem", tmp_path / "absent.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    garbage.chmod(0o600)
    for path in (garbage, absent, tmp_path, pair.key):
        assert code_of(client_context, authority.pem, path, pair.key, None) == "cert.file.unreadable"
        assert code_of(client_context, path, *pair, None) == "cert.file.unreadable"
    os.mkfifo(pipe := tmp_path / "pipe", 0o600)
    for path in (garbage, absent, tmp_path, pipe):
        assert code_of(client_context, authority.pem, pair.certificate, path, None) == "cert.key.unreadable"


def test_an_identity_never_shows_its_passphrase(pair):
    assert "secret-words" not in repr(Identity(*pair, "secret-words"))
    assert "secret-words" not in f"{Identity(*pair, 'secret-words')}"

"""Private keys: theirs alone from the first instant, whole or not at all, never replaced, never told."""

import os
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pki_helpers import ec_key, read

from fpsctl.errors import LocalError
from fpsctl.pki import keys, make_key, matches, read_passphrase, read_private, write_private


@pytest.fixture
def free_umask():
    """Let files be born as open as they are asked for."""
    before = os.umask(0)
    yield
    os.umask(before)


def code_of(call, *args):
    with pytest.raises(LocalError) as error:
        call(*args)
    return error.value.code


def written(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_both_kinds_of_key():
    rsa_key, curve_key = make_key("rsa3072"), make_key("ec256")
    assert isinstance(rsa_key, rsa.RSAPrivateKey) and rsa_key.key_size == 3072
    assert isinstance(curve_key, ec.EllipticCurvePrivateKey) and curve_key.curve.name == "secp256r1"


@pytest.mark.parametrize("passphrase", [None, "secret é"])
def test_a_key_comes_back_and_matches_its_certificate(tmp_path, passphrase):
    key, path = ec_key(), tmp_path / "key.pem"
    write_private(path, key, passphrase)
    assert (b"ENCRYPTED" in path.read_bytes()) is (passphrase is not None)
    found = read_private(path, passphrase)
    assert matches(found, read(key)) and not matches(found, read(ec_key()))


@pytest.mark.usefixtures("free_umask")
def test_no_file_of_a_key_is_ever_open_to_others(tmp_path, monkeypatch):
    modes, real = [], os.open

    def watched(path, flags, mode=0o777, **rest):
        handle = real(path, flags, mode, **rest)
        if flags & os.O_CREAT:
            modes.append((stat.S_IMODE(os.fstat(handle).st_mode), bool(flags & os.O_EXCL)))
        return handle

    monkeypatch.setattr(os, "open", watched)
    write_private(tmp_path / "key.pem", ec_key())
    assert modes == [(0o600, True)]
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "key.pem"]


def test_a_key_is_never_replaced(tmp_path):
    path = written(tmp_path / "key.pem", b"what was there")
    with pytest.raises(FileExistsError):
        write_private(path, ec_key())
    assert path.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_nowhere_is_not_followed(tmp_path):
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "key.pem", ec_key())
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_disk_that_gives_up_leaves_nothing(tmp_path, monkeypatch, call):
    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys.os, call, broken)
    with pytest.raises(OSError, match="No space"):
        write_private(tmp_path / "key.pem", ec_key())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_key_open_to_others_is_refused(tmp_path, mode):
    path = tmp_path / "key.pem"
    write_private(path, ec_key())
    path.chmod(mode)
    with pytest.raises(LocalError) as error:
        read_private(path)
    assert (error.value.code, error.value.params["mode"]) == ("cert.key.file-mode", f"{mode:04o}")


def test_passphrases_that_do_not_open_a_key(tmp_path):
    path = tmp_path / "key.pem"
    write_private(path, ec_key(), "right")
    assert code_of(read_private, path) == "cert.key.passphrase"
    assert code_of(read_private, path, "wrong") == "cert.key.passphrase"


def test_a_passphrase_for_a_key_that_has_none_is_not_used(tmp_path):
    write_private(tmp_path / "key.pem", ec_key())
    assert read_private(tmp_path / "key.pem", "needless")


def test_what_is_not_a_usable_key(tmp_path):
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    contents = [
        b"",
        b"words",
        b"\0" * 100_000,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        other,
    ]
    for index, content in enumerate(contents):
        assert code_of(read_private, written(tmp_path / f"{index}.pem", content)) == "cert.key.unreadable"
    assert code_of(read_private, tmp_path / "none.pem") == "cert.key.unreadable"
    assert code_of(read_private, tmp_path) == "cert.key.unreadable"


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "key.pem", 0o600)
    assert code_of(read_private, tmp_path / "key.pem") == "cert.key.unreadable"


def test_keys_travel_between_openssl_and_fpsctl(tmp_path, tool):
    openssl = tool("openssl")
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    write_private(ours, make_key("ec256"), "secret")
    subprocess.run([openssl, "pkey", "-in", ours, "-passin", "pass:secret", "-noout"], check=True)
    make = [openssl, "ecparam", "-name", "prime256v1", "-genkey", "-noout"]
    plain = subprocess.run(make, capture_output=True, check=True).stdout
    subprocess.run([openssl, "ec", "-aes256", "-passout", "pass:secret", "-out", theirs], input=plain,
                   capture_output=True, check=True)  # fmt: skip
    theirs.chmod(0o600)
    assert theirs.read_bytes().startswith(b"-----BEGIN EC PRIVATE KEY-----")
    assert matches(read_private(theirs, "secret"), read(load_pem_private_key(plain, None)))
    assert code_of(read_private, theirs, "wrong") == "cert.key.passphrase"


def test_the_passphrase_is_the_first_line_of_a_private_file(tmp_path):
    assert read_passphrase(None) is None
    assert read_passphrase(written(tmp_path / "a", b"secret \xc3\xa9 \r\nmore\n")) == "secret é "
    assert read_passphrase(written(tmp_path / "b", b"x" * 1023)) == "x" * 1023


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 1024, b"\xff\n"])
def test_a_passphrase_that_cannot_be_one(tmp_path, content):
    with pytest.raises(LocalError) as error:
        read_passphrase(written(tmp_path / "p", content))
    assert error.value.code == "cert.passphrase.unreadable"
    assert "xxx" not in str(error.value)


def test_a_passphrase_file_open_to_others_is_refused(tmp_path):
    assert code_of(read_passphrase, written(tmp_path / "p", b"secret\n", 0o644)) == "cert.passphrase.file-mode"
    assert code_of(read_passphrase, tmp_path / "none") == "cert.passphrase.unreadable"


def test_a_passphrase_may_come_through_a_pipe(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"secret\n")
    os.close(writer)
    assert read_passphrase(tmp_path.__class__(f"/dev/fd/{reader}")) == "secret"
    os.close(reader)

"""A certificate and its key, read from where they stand and known to go together."""

from __future__ import annotations

from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from fpsctl.certificate.store import Pair
from fpsctl.errors import LocalError
from fpsctl.pki.certificate import LARGEST, Certificat, read_chain
from fpsctl.pki.keys import PrivateKey, matches, read_private
from fpsctl.pki.rules import Subject
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.antai.profile_model import Grade
    from fpsctl.certificate.store import TownFiles


class Given(NamedTuple):
    """What was given for this call: a certificate to take in, a key that stays, a passphrase, the profile's grades."""

    certificate: Path | None = None
    key: Path | None = None
    passphrase: str | None = None
    grades: Mapping[str, Grade] = MappingProxyType({})

    def __repr__(self) -> str:
        """Never show the passphrase."""
        return f"Given(certificate={self.certificate}, key={self.key})"


class Loaded(NamedTuple):
    """A chain and its key; `pair` is where they stand, or will once installed (`new`)."""

    chain: tuple[Certificat, ...]
    key: PrivateKey
    pair: Pair
    new: bool

    def subject(self, files: TownFiles, now: dt.datetime, environment: str) -> Subject:
        """Return what the rules judge, for a town and an environment."""
        return Subject(
            self.chain,
            files.siret,
            now,
            self.key,
            key_mode=self.pair.key.stat().st_mode & 0o777,
            certificate_path=self.pair.certificate,
            key_path=self.pair.key,
            environment=environment,
            request=files.renewable(self.pair),
        )

    @property
    def pem(self) -> str:
        """The certificates alone, whatever else their file held."""
        return "".join(certificat.pem for certificat in self.chain)


def load(files: TownFiles, given: Given) -> Loaded:
    """Read what was given, else what is in use; raises `LocalError` (`cert.*`).

    A certificate given alone is to stand beside the town's own key; with its key, both stay where they are.
    """
    if given.certificate and not given.key:
        return fitting(files, read_file(given.certificate), given.passphrase, given.certificate)
    if given.key:
        pair = Pair((given.certificate or files.certificate).absolute(), given.key.absolute())
    else:
        pair = files.pair()
    return _together(read_file(pair.certificate), pair.certificate, pair, given.passphrase, new=False)


def fitting(files: TownFiles, chain: tuple[Certificat, ...], passphrase: str | None, where: object) -> Loaded:
    """Return a signed certificate with the town's own key; raises `LocalError` (`cert.key.*`)."""
    return _together(chain, where, Pair(files.certificate, files.key), passphrase, new=True)


def _together(chain: tuple[Certificat, ...], where: object, pair: Pair, passphrase: str | None, *, new: bool) -> Loaded:
    key = read_private(pair.key, passphrase)
    if not matches(key, chain[0]):
        raise LocalError("cert.key.mismatch", certificate=where, key=pair.key)
    return Loaded(chain, key, pair, new)


def read_file(path: Path) -> tuple[Certificat, ...]:
    """Return the chain of a file; raises `LocalError` (`cert.file.unreadable`, `cert.file.bundle-malformed`)."""
    try:
        with path.open("rb") as file:
            return read_chain(file.read(LARGEST + 1), path)
    except OSError as error:
        raise LocalError("cert.file.unreadable", path=path, detail=os_reason(error)) from error


def install(files: TownFiles, loaded: Loaded) -> None:
    """Write a new certificate beside the town's key; another one that stood there is kept under another name."""
    if not loaded.new:
        return
    content = loaded.pem.encode()
    with files.writing():
        former = files.certificate.read_bytes() if files.certificate.exists() else content
        if former != content:
            files.write(files.certificate.with_name(f"certificate-{sha256(former).hexdigest()[:12]}.pem"), former)
        files.write(files.certificate, content)

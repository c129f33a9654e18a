"""What all tests share: one language, no settings from outside, no traffic, goldens, tools that CI must have."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
from hypothesis import settings

from fpsctl.texts import use_language

GOLDEN = Path(__file__).parent / "golden"
IN_CI = os.environ.get("CI") == "true"

# CI tries the same lives every time; at a desk each run tries others.
settings.register_profile("ci", derandomize=True)
if IN_CI:
    settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files again; look at the diff")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """In CI a skipped test is a failure, whatever skipped it."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Keep what is compiled away from the user's own folder."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("XDG_CACHE_HOME")
    if before is not None:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(autouse=True)
def _isolated(monkeypatch):
    for name in [name for name in os.environ if name.startswith("FPSCTL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FPSCTL_LANG", "en")
    monkeypatch.setenv("NO_COLOR", "1")
    use_language("en")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    """Refuse any connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """One embedded SI FPS for all the tests of this process; each takes SIRETs of its own (tests/embedded.py)."""
    from embedded import close_controls  # noqa: PLC0415 - only tests that want a sandbox pay for its imports
    from fpsctl.sandbox.process import launch  # noqa: PLC0415 - same reason

    with launch(tmp_path_factory.mktemp("sandbox") / "state") as sandbox:
        yield sandbox
        close_controls()


@pytest.fixture
def golden(request):
    """Compare a text with `tests/golden/<name>`; `--update-golden` writes it."""

    def compare(name: str, content: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        assert path.is_file(), f"no golden {name}; run pytest --update-golden and look at it"
        assert content == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def tool():
    """Return the path of a program; without it the test is skipped, and in CI it fails."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None and IN_CI:
            pytest.fail(f"{name} is not installed; .ci/run must install it")
        if found is None:
            pytest.skip(f"{name} is not installed on this machine")
        return found

    return find

"""Every error of fpsctl: what happened, a stable code, the next thing to type.

The tree, and who is at fault:

    FpsctlError
    ├── UsageError        the command line
    ├── LocalError        a local file, a setting or a fact the user gave; nothing was sent
    │   ├── EventRefused  the dossier's state does not allow the event
    │   └── InvalidValue  one value; also a ValueError, so that Pydantic reports it with its place
    ├── ConnectionFailed  DNS, TCP or TLS
    ├── Refused           the SI FPS said no
    ├── Pending           a step waits for someone else, or could not be determined
    └── InternalError     fpsctl itself

A library module raises; it never prints and never ends the process. The sentences stand in
`data/texts` under `error.<code>` and `hint.<code>`; `params` fill their placeholders.
"""

from __future__ import annotations


class FpsctlError(Exception):
    """An error with a stable `code` and the `params` of its sentence; never raised as such."""

    retryable = False

    def __init__(self, code: str, /, **params: object) -> None:
        """Keep the code and the facts; the sentence is made at the boundary, in the user's language."""
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        """Give the code and its facts: for logs and tests, not for users."""
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({facts})" if facts else self.code


class UsageError(FpsctlError):
    """The command line cannot be understood."""


class LocalError(FpsctlError):
    """A local file, a setting or a given fact is wrong; found before any traffic."""


class EventRefused(LocalError):
    """The dossier's state does not allow this event."""


class InvalidValue(LocalError, ValueError):
    """A value is not what it must be; also a `ValueError`, so that Pydantic reports it with its place."""


class ConnectionFailed(FpsctlError):
    """The other side could not be reached."""

    retryable = True


class Refused(FpsctlError):
    """The SI FPS answered and said no."""


class Pending(FpsctlError):
    """A step waits for someone else, or could not be determined."""

    retryable = True


class InternalError(FpsctlError):
    """Our fault."""

"""What a check of the connection is asked, and what its stages have learned so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.client import Patience
from fpsctl.checks import Finding, Outcome

if TYPE_CHECKING:
    import datetime as dt
    import socket
    import ssl
    from contextlib import ExitStack

    from fpsctl.antai.client import Identity
    from fpsctl.antai.endpoint import Endpoint
    from fpsctl.antai.messages import ControleFront
    from fpsctl.antai.profile_model import Profile
    from fpsctl.clock import Clock
    from fpsctl.connection.probe import Address
    from fpsctl.errors import ConnectionFailed
    from fpsctl.identifiers import Siret
    from fpsctl.pki import Certificat


class Asked(NamedTuple):
    """What to check: for which town, where, by which profile, as whom; the clock is the machine's, as TLS's is."""

    siret: Siret
    endpoint: Endpoint
    profile: Profile
    identity: Identity
    clock: Clock
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known; a stage returns it with what it learned."""

    asked: Asked
    closing: ExitStack
    """Closes, when the check ends, what one stage opened for the next."""
    context: ssl.SSLContext | None = None
    certificat: Certificat | None = None
    """The one that is presented."""
    addresses: tuple[Address, ...] = ()
    wire: socket.socket | None = None
    secured: ssl.SSLSocket | None = None
    fault: ConnectionFailed | None = None
    """What ended the handshake, told by the stage that it belongs to."""
    front: ControleFront | None = None
    skew: dt.timedelta | None = None
    """The server's clock less ours."""

    def learned(
        self,
        detail: str,
        outcome: Outcome = Outcome.PASS,
        findings: tuple[Finding, ...] = (),
        *,
        brief: str = "",
        **facts: Any,  # noqa: ANN401 - each fact has its own type
    ) -> Learned:
        """Return these facts and some more, with what is to be said of them."""
        return Learned(replace(self, **facts), detail, outcome, findings, brief)


class Learned(NamedTuple):
    """What a stage that did not fail gives back."""

    facts: Facts
    detail: str
    outcome: Outcome = Outcome.PASS
    findings: tuple[Finding, ...] = ()
    brief: str = ""
    """The detail in fewer words, for the terminal; empty when it is short already."""

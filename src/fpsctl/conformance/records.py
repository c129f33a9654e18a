"""What a case of the self-certification is made of: plain frozen records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fpsctl.conformance.protocol import CAPABILITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fpsctl.checks import Verdict
    from fpsctl.conformance.log import Log
    from fpsctl.conformance.secrecy import Veil

Level = Literal["espace", "depose", "active", "controle"]
"""How far a town's start-up went before a case: espace and convention; certificate deposited; activated; checked."""


class TownPlan(NamedTuple):
    """A town that a case needs."""

    level: Level = "controle"
    cycle: str = "complet"


class Town(NamedTuple):
    """A town that stands ready: who it is, and the files of its certificate."""

    siret: str
    identity: Mapping[str, Any]
    """What `facts.collectivite` says of it."""
    certificate: Path
    key: Path
    empreinte: str
    veil: Veil
    """Recognises the key, so that no report ever holds it."""


class Ask(NamedTuple):
    """The program is asked for a step, at an instant of the town's clock (ISO 8601, UTC)."""

    step: str
    at: str
    facts: Mapping[str, Any] = {}
    town: int = 0


class Happen(NamedTuple):
    """Someone else acts on the case of a `dossier`: ANTAI, a driver, the DGFiP."""

    do: str
    at: str
    dossier: str
    fields: Mapping[str, Any] = {}
    town: int = 0


Act = Ask | Happen


class Case(NamedTuple):
    """A case: what it asks, what the State's log must then show, and on whose word."""

    id: str
    reference: str
    towns: tuple[TownPlan, ...]
    acts: tuple[Act, ...]
    judge: Callable[[Log], Verdict]
    also: tuple[str, ...] = ()
    """Capabilities needed beside those of its steps."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities that a program must declare, each once."""
        steps = [CAPABILITY[act.step] for act in self.acts if isinstance(act, Ask)]
        return tuple(dict.fromkeys([*steps, *self.also]))

"""Runs the stages in order, times each, and gives one diagnosis for the first that fails."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai.reserve import described
from fpsctl.checks import Finding, Outcome
from fpsctl.clock import steady
from fpsctl.connection.diagnosis import Diagnostic, diagnose
from fpsctl.connection.facts import Asked, Facts, Learned
from fpsctl.connection.shown import Shown
from fpsctl.connection.stages import STAGES
from fpsctl.errors import FpsctlError, Refused
from fpsctl.render.errors import message_of
from fpsctl.texts import language

if TYPE_CHECKING:
    from fpsctl.antai.messages import ControleFront
    from fpsctl.connection.stages import Stage


_ANSWERS = ("http.profile.wrong-path", "http.server.unavailable", "http.answer.unreadable")


class Step(NamedTuple):
    """What a stage ended as, and in how many milliseconds (None when it did not run)."""

    id: str
    outcome: Outcome
    ms: float | None
    detail: str
    brief: str = ""
    """The detail in fewer words; empty when it is short already."""

    @property
    def plain(self) -> dict[str, Any]:
        """The step as plain data: the whole detail."""
        return {"id": self.id, "outcome": self.outcome, "ms": self.ms, "detail": self.detail}


class Checked(NamedTuple):
    """A check that ran: its steps in order, the diagnosis and its error if one failed, what the front said."""

    asked: Asked
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    front: ControleFront | None
    error: FpsctlError | None
    diagnostic: Diagnostic | None

    @property
    def result(self) -> dict[str, Any]:
        """The check as plain data."""
        diagnostic = self.diagnostic
        return {
            "siret": self.asked.siret,
            "environnement": self.asked.endpoint.environment,
            "url": self.asked.endpoint.url,
            "profile": described(self.asked.profile, language()),
            "etapes": [step.plain for step in self.steps],
            "diagnostic": diagnostic._asdict() if diagnostic else None,
            "front": self.front.model_dump(mode="json") if self.front else None,
        }

    @property
    def briefs(self) -> dict[str, str]:
        """What some stages say in fewer words, for a terminal."""
        return {step.id: step.brief for step in self.steps if step.brief}


def check_connection(asked: Asked, stages: tuple[Stage, ...] = STAGES) -> Checked:
    """Check a connection; a stage that fails is diagnosed, and those after it are skipped. Never raises for a fault."""
    steps: list[Step] = []
    findings: list[Finding] = []
    error: FpsctlError | None = None
    with ExitStack() as closing:
        facts = Facts(asked, closing)
        for stage in stages:
            if error is not None:
                steps.append(Step(stage.id, Outcome.SKIP, None, error.code))
                continue
            began = steady()
            try:
                learned = stage.look(facts)
            except FpsctlError as failed:
                error, learned = failed, _failed(facts, failed)
            facts = learned.facts
            findings.extend(learned.findings)
            steps.append(Step(stage.id, learned.outcome, _ms(began), learned.detail, learned.brief))
    settled = tuple(_proven(step, facts, error) for step in steps)
    return Checked(asked, settled, tuple(findings), facts.front, error, diagnose(error) if error else None)


def _failed(facts: Facts, error: FpsctlError) -> Learned:
    """Tell a stage that failed: its error, and the certificate that was refused if it was seen."""
    message, seen = message_of(error), error.params.get("seen")
    if not isinstance(seen, Shown):
        return Learned(facts, message, Outcome.FAIL)
    return Learned(facts, f"{message} ; {seen.full}", Outcome.FAIL, brief=f"{message} ; {seen.brief}")


def _proven(step: Step, facts: Facts, error: FpsctlError | None) -> Step:
    """Settle what TLS did not say: whoever answers HTTP, even with a no, has accepted the certificate."""
    answered = facts.front is not None or isinstance(error, Refused) or (error and error.code in _ANSWERS)
    return step._replace(outcome=Outcome.PASS) if answered and step.outcome is Outcome.UNKNOWN else step


def _ms(began: float) -> float:
    return round((steady() - began) * 1000, 1)

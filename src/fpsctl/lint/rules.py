"""All the rules, in the order of reports: what is read, shape, one message, the whole set."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fpsctl.antai.messages.sources import NUMERO, R14
from fpsctl.antai.wire_findings import SEVERITIES
from fpsctl.checks import Actor, Severity
from fpsctl.lint import amount_rules, date_rules, message_rules, number_rules, vehicle_rules
from fpsctl.lint.rule import Rule
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = "fpsctl: one bounded message at a time"

_INPUT = (
    Rule("lint.file.empty", Severity.ERROR, _OURS, "assumption"),
    Rule("lint.file.encoding", Severity.ERROR, "interface profile, formats (A05)", "assumption"),
    Rule("lint.file.bom", Severity.WARNING, "RFC 8259, 8.1", "official"),
    Rule("lint.file.broken", Severity.ERROR, "RFC 8259; XML 1.0", "official"),
    Rule("lint.file.dtd", Severity.ERROR, "fpsctl: XML without document type, entities or references", "assumption"),
    Rule("lint.line.long", Severity.ERROR, _OURS, "assumption"),
    Rule("lint.kind.unknown", Severity.ERROR, "interface profile, messages", "assumption"),
)
_SHAPE = tuple(
    Rule(name, severity, "interface profile: source of the field", "assumption")
    for name, severity in SEVERITIES.items()
)
_SET = (
    Rule("lint.numero.double", Severity.ERROR, NUMERO, "law"),
    Rule("lint.message.repete", Severity.WARNING, NUMERO, "deduced"),
    Rule("lint.ordre.trou", Severity.WARNING, f"{NUMERO}; wrap 999 to 1", "secondary"),
    Rule("lint.initial.date", Severity.ERROR, R14, "deduced"),
    Rule("lint.initial.siret", Severity.WARNING, NUMERO, "deduced"),
)

RULES: tuple[Rule, ...] = (
    *_INPUT,
    *_SHAPE,
    *message_rules.RULES,
    *number_rules.RULES,
    *amount_rules.RULES,
    *date_rules.RULES,
    *vehicle_rules.RULES,
    *_SET,
)
BY_ID: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in RULES})

FORMULAS: Mapping[str, str] = MappingProxyType(
    {
        "avis-initial.montant-du.formula": "lint.montant.du",
        "avis-rectificatif.numero.own": "lint.rectificatif.numero",
        "fps-impaye.reste.formula": "lint.impaye.reste",
        "annulation.part-majoration.bound": "lint.annulation.majoration",
    }
)
"""What a message checks of itself when it is built, and the rule that says the same with its place."""


def list_rules() -> list[dict[str, Any]]:
    """Return the rules as plain data, titles in the language in use."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "confidence": rule.confidence,
            "reference": rule.reference,
            "actor": rule.actor.value,
            "titre": text(f"check.{rule.id}"),
        }
        for rule in RULES
    ]


def actor_of(rule: Rule, direction: str) -> Actor:
    """Return who must act: the one who wrote the message."""
    return Actor.ANTAI if direction == "in" else rule.actor

"""The rules that fpsctl judges by, each with the word that it stands on: what is above the profile."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from fpsctl.antai.provenance import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpsctl.law import Confidence, Regle

_PUBLISHED = ("RFC", "EN")
"""Standards that were read; the annexes of the RGS are known through others' renderings of them."""


def rules() -> Iterator[Entry]:
    """Return the rules of the law (each dated value), those on certificates, those on messages."""
    yield from _law()
    yield from _certificates()
    yield from _messages()


def _law() -> Iterator[Entry]:
    from fpsctl.law import loi

    law = loi()
    for part, dated in (("delais", law.delais), ("parametres", law.parametres)):
        for slug, item in dated.items():
            for value in item.values:
                yield _rule(part, f"{slug} ({value.from_})", value)
    for slug, rule in law.regles.items():
        yield _rule("regles", slug, rule)


def _rule(part: str, name: str, rule: Regle) -> Entry:
    from fpsctl.texts import language

    return Entry("rules", part, name, rule.confidence, rule.said(language()), None)


def _certificates() -> Iterator[Entry]:
    from fpsctl.pki.rules import RULES

    for rule in RULES:
        confidence: Confidence = "official" if rule.reference.startswith(_PUBLISHED) else "secondary"
        yield Entry("rules", "certificats", rule.id, confidence, rule.reference, None)


def _messages() -> Iterator[Entry]:
    with suppress(ImportError, AttributeError):
        for rule in import_module("fpsctl.lint").RULES:
            yield Entry("rules", "messages", rule.id, rule.confidence, rule.reference, None)

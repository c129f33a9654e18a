"""How a result says on which interface it was obtained, and how much of that is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from fpsctl.law import Confidence  # noqa: TC001 - the schemas of results read it at run time
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile


class Assumed(TypedDict):
    """How many fields of the messages are assumed, of how many."""

    fields: int
    of: int


class Interface(TypedDict):
    """The profile that a result was obtained on; `provenance` counts its places on the wire by confidence."""

    id: str
    version: str
    digest: str
    titre: str
    assumed: Assumed
    reserve: str | None
    provenance: dict[Confidence, int]


def described(profile: Profile, lang: str) -> Interface:
    """Describe a profile; as long as one field of its messages is assumed, `reserve` says so.

    `provenance` counts its places on the wire by confidence: names of messages, fields, codes, constants.
    """
    from fpsctl.antai.provenance import places  # noqa: PLC0415 - it needs all the messages, a list of cases none

    assumed, total = profile.assumed
    return {
        "id": profile.profile,
        "version": profile.version,
        "digest": profile.digest,
        "titre": getattr(profile.title, lang),
        "assumed": {"fields": assumed, "of": total},
        "reserve": text_in(lang, "profile.assumed", fields=assumed, total=total) if assumed else None,
        "provenance": places(profile),
    }

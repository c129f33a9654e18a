"""How a result says on which interface it was obtained, and how much of that is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpsctl.antai.provenance import places
from fpsctl.texts import text_in

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile


def described(profile: Profile, lang: str) -> dict[str, Any]:
    """Describe a profile; as long as one field of its messages is assumed, `reserve` says so.

    `provenance` counts its places on the wire by confidence: names of messages, fields, codes, constants.
    """
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

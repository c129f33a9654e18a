"""On which interface a report was made, and on whose word that interface stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping


def interface_line(profile: Mapping[str, Any]) -> Text:
    """Return the line of a report."""
    return Text("  " + interface(profile), style="yellow")


def interface(profile: Mapping[str, Any]) -> str:
    """Return name and version of a profile, its reserve and its provenance; `profile` is its description."""
    return text("ui.interface", what=f"{profile['id']} {profile['version']} · {origin(profile)}")


def origin(profile: Mapping[str, Any]) -> str:
    """Return the reserve, if any, and how many places on the wire stand on what word."""
    return " · ".join(part for part in (profile["reserve"], words(profile)) if part)


def words(profile: Mapping[str, Any]) -> str:
    """Return how many places on the wire stand on what word, those of none left out."""
    counts = (f"{text(f'confidence.{name}')} {count}" for name, count in profile["provenance"].items() if count)
    return text("profile.origin", counts=", ".join(counts))

"""What every exported document shares: its dialect, its name, its bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from fpsctl.antai.reserve import described

if TYPE_CHECKING:
    from fpsctl.antai.profile_model import Profile

Document = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
EDITOR_DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that editors know best."""
_UNSEEN = re.compile(r"[\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]")


class File(NamedTuple):
    """One exported document and the name of its file."""

    name: str
    document: Document


def urn(*parts: str) -> str:
    """Return the name of a document; no host stands in it, and nothing is to be fetched."""
    return ":".join(("urn:fpsctl:schema", *(quote(part, safe="") for part in parts)))


def dumped(document: Document) -> bytes:
    """Return the bytes of a document, the same ones on every run; a character that cannot be seen is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def profile_note(profile: Profile) -> Document:
    """Return on which interface a document rests, and how much of that is assumed."""
    told = described(profile, "en")
    return {name: told[name] for name in ("id", "version", "digest", "assumed", "reserve", "provenance")}


def grounds(described_by: Any, prefix: str = "x-") -> Document:  # noqa: ANN401 - any statement with a provenance
    """Return on whose word a statement of a profile rests."""
    return {f"{prefix}confidence": described_by.confidence, f"{prefix}source": described_by.reference}

"""What is pulled: a page of returns in the profile's envelope, and a print request."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from fpsctl.antai import MESSAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from fpsctl.antai import Codec, Message, Profile


def page_of(profile: Profile, codec: Codec, found: Sequence[tuple[int, str, str]]) -> bytes:
    """Return a page as JSON; one return more than a page holds says only that more are left."""
    names = profile.retours
    items: list[dict[str, Any]] = [
        {
            names.sequence: n,
            names.kind: profile.messages[kind].wire,
            names.message: json.loads(codec.encode(read_message(kind, contenu))),
        }
        for n, kind, contenu in found[: names.page]
    ]
    return json.dumps({names.items: items, names.more: len(found) > names.page}, ensure_ascii=False).encode()


def read_message(kind: str, contenu: str) -> Message:
    """Return a message from its canonical content."""
    return MESSAGES[kind].model_validate_json(contenu)


def shown(instant: int | None, zone: ZoneInfo) -> str:
    """Write an instant in a town's time; a dash when there is none."""
    return "-" if instant is None else dt.datetime.fromtimestamp(instant, zone).isoformat()

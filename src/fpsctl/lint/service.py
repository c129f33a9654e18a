"""A run of `fpsctl lint`: every message of every file through every rule, then the whole set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl import __version__
from fpsctl.antai import MESSAGES, codec_for, load_profile
from fpsctl.antai.reserve import described
from fpsctl.errors import UsageError
from fpsctl.lint.judge import Judge
from fpsctl.lint.numbers import Numbers
from fpsctl.lint.reading import Reading
from fpsctl.lint.rules import list_rules
from fpsctl.lint.sources import Piece, expand, pieces
from fpsctl.lint.tally import Tally, finding_of
from fpsctl.lint.towns import Towns
from fpsctl.texts import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.antai import Profile
    from fpsctl.checks import Finding
    from fpsctl.lint.tally import Located

_LEAST = 1 << 20
_TIMES = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What to judge and how; `kind` empty: each message is recognised. `limit`: findings shown of each rule."""

    paths: tuple[str, ...]
    profile: str = "public"
    kind: str = ""
    workspace: Path = Path()
    limit: int = 100


class Done(NamedTuple):
    """The result as plain data, and the findings that are shown, in the order of `result["places"]`."""

    result: dict[str, Any]
    findings: tuple[Finding, ...]


def lint(order: Order) -> Done:
    """Judge files of messages; nothing is written or sent.

    Raises `UsageError` (`lint.kind`), `LocalError` (`lint.path`, `lint.folder`, `lint.suffix`, `lint.store`, those of
    the profile and of the workspace).
    """
    profile = load_profile(order.profile)
    if order.kind and order.kind not in profile.messages:
        raise UsageError("lint.kind", kind=order.kind, known=", ".join(profile.messages))
    files = expand(order.paths)
    shown = [escaped(name) for name in files]
    towns, tally = Towns(order.workspace), Tally(order.limit)
    with Numbers() as numbers:
        judge = Judge(profile, towns, tally, numbers, shown)
        reading = Reading(profile, codec_for(profile), judge, order.kind)
        for index, name in enumerate(files):
            judge.start(index)
            _read(name, profile, reading)
        judge.end()
    return _done(profile, shown, judge)


def escaped(name: str) -> str:
    """Return the name of a file as a result may hold it: bytes that are no UTF-8 are escaped."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _read(name: str, profile: Profile, reading: Reading) -> None:
    message, trouble = reading.message, reading.trouble
    for piece in pieces(name, most_bytes(profile), reading.names, xml=profile.formats.encoding.value == "xml"):
        if piece.__class__ is Piece:
            message(piece)
        else:
            trouble(piece)  # type: ignore[arg-type]


def most_bytes(profile: Profile) -> int:
    """Return how long a message may be and still be read, in bytes: several times the limit of the interface."""
    limit = profile.limits.body_bytes
    return max(_TIMES * limit.value if limit else 0, _LEAST)


def _done(profile: Profile, files: Sequence[str], judge: Judge) -> Done:
    tally = judge.tally
    located = tally.located({name: rank for rank, name in enumerate(files)})
    result = {
        "fpsctl": __version__,
        "profile": described(profile, language()),
        "files": len(files),
        "messages": judge.messages,
        "synthetic": judge.synthetic,
        "kinds": {kind: judge.kinds[kind] for kind in MESSAGES if judge.kinds[kind]},
        "unknown": judge.kinds[""],
        "rules": tally.rules(judge.kinds),
        "checked": len(list_rules()),
        "places": [_place(found) for found in located],
    }
    return Done(result, tuple(map(finding_of, located)))


def _place(found: Located) -> dict[str, Any]:
    place = found.place
    return {
        "id": found.rule,
        "file": place.file,
        "line": place.line or None,
        "message": place.message or None,
        "kind": place.kind or None,
        "field": place.field or None,
        "wire": place.wire or None,
        "detail": found.detail,
    }

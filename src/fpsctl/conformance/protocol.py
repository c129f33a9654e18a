"""The adapter protocol, `fpsctl/adapter/1`: how the suite talks to a vendor's program.

The suite calls the program once per step: one JSON request on stdin, one JSON answer on stdout, exit status 0.
What the program writes on stderr is for people. The program itself talks HTTPS to the SI FPS of the request;
the suite then reads the SI FPS's log, and judges from that alone.

A request:

    {"schema": "fpsctl/adapter/1",
     "step": "envoyer_avis",
     "endpoint": {"url": "https://127.0.0.1:8443", "ca": FILE, "siret": "13000000301007",
                  "certificate": FILE, "key": FILE},
     "state": FOLDER,
     "now": "2026-02-03T09:20:00+00:00",
     "facts": {"collectivite": {...}, ...}}

* `endpoint`: where and as whom. `certificate` is a PEM file, leaf first; `key` is its private key, not encrypted.
* `state`: a folder of the program's own, empty when a case begins and kept between its steps.
* `now`: the instant of the town's virtual clock, ISO 8601 with its offset. The machine's clock means nothing.
* `facts`: what the town's agents know. Instants are in UTC: the town's day is that of `collectivite.fuseau`.
  Amounts are integer cents. `collectivite` (siret, nom, contact, fuseau, cycle, autorite) is in every step.

An answer is an object with `ok`: true when the program did what was asked, false when it could not or would not;
the rest is free. `ok` is shown as a note and never decides anything.

The first call is `describe`, a request of `schema` and `step` alone. It is answered by `editor`, `product`, `version`,
`environment` (`test`, or the run stops) and `capabilities`: the cases that need another one are not testable, and
the report says so.

The steps, and the capability that each needs:

    deposer_certificat   depot_certificat    deposit the certificate of the endpoint
    controler_connexion  controle_connexion  call the check of the front API, and nothing else
    envoyer_avis         avis_initial        draw up the notice of a finding, number it, send it
    reprendre            reprise             the answer to the notice of `dossier` was lost: send it again
    corriger             correction          the notice of `dossier` was rejected; the facts are right now
    relever_retours      retours_pull        pull every return that was not pulled yet
    rectifier            avis_rectificatif   send the corrective notice of `dossier` after its RAPO
    annuler              annulation          send the cancellation of `dossier`
    lire_impression      impression          read the print request of `dossier`
    declarer_impaye      fps_impaye          at `now`, send what is unpaid if the law allows it already

One more capability has no step of its own: `temps_injecte`, the program takes `now` for its clock.
`examples/reference-editor` is a small program that speaks all of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fpsctl.conformance.records import Town

SCHEMA = "fpsctl/adapter/1"
DESCRIBE = "describe"
ENVIRONMENT = "test"

CAPABILITY = {
    "deposer_certificat": "depot_certificat",
    "controler_connexion": "controle_connexion",
    "envoyer_avis": "avis_initial",
    "reprendre": "reprise",
    "corriger": "correction",
    "relever_retours": "retours_pull",
    "rectifier": "avis_rectificatif",
    "annuler": "annulation",
    "lire_impression": "impression",
    "declarer_impaye": "fps_impaye",
}
"""What a program must be able to do, by step."""

TIME = "temps_injecte"
CAPABILITIES = (*CAPABILITY.values(), TIME)

_NAME = re.compile(r"\S(.{0,98}\S)?")
_CAPABILITY = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)


class Description(NamedTuple):
    """What a program says of itself."""

    editor: str
    product: str
    version: str
    environment: str
    capabilities: frozenset[str]


def describe_request() -> dict[str, Any]:
    """Return the first request of a run."""
    return {"schema": SCHEMA, "step": DESCRIBE}


def step_request(
    step: str, url: str, ca: Path, town: Town, *, state: Path, now: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the request of a step; paths are absolute."""
    return {
        "schema": SCHEMA,
        "step": step,
        "endpoint": {
            "url": url,
            "ca": str(ca),
            "siret": town.siret,
            "certificate": str(town.certificate),
            "key": str(town.key),
        },
        "state": str(state),
        "now": now,
        "facts": {"collectivite": town.identity, **facts},
    }


def read_description(answer: Mapping[str, Any]) -> Description:
    """Return what the program says of itself.

    Raises `LocalError`: `adapter.describe` (something is missing or of the wrong kind), `adapter.environment`
    (it is not a test environment).
    """
    said = {name: answer.get(name) for name in ("editor", "product", "version", "environment")}
    for name, value in said.items():
        if not isinstance(value, str) or not _NAME.fullmatch(value) or not value.isprintable():
            raise LocalError("adapter.describe", field=name)
    capabilities = answer.get("capabilities")
    if not isinstance(capabilities, list) or not all(_CAPABILITY.fullmatch(str(name)) for name in capabilities):
        raise LocalError("adapter.describe", field="capabilities")
    named = {name: str(value) for name, value in said.items()}
    found = Description(**named, capabilities=frozenset(capabilities))
    if found.environment != ENVIRONMENT:
        raise LocalError("adapter.environment", environment=found.environment, wanted=ENVIRONMENT)
    return found

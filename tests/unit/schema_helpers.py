"""What the tests of schemas share: profiles of other formats, and ajv, the validator that most of Node uses."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path

import pytest

AJV = "ajv@8.20.0"
WIRE = Path(__file__).parents[1] / "wire"
ANNOTATIONS = [
    "x-profile", "x-direction", "x-unit", "x-zone", "x-confidence", "x-source", "x-wire-confidence", "x-wire-source",
    "x-codes", "x-default",
]  # fmt: skip
_JUDGE = """
const Ajv = require("ajv/dist/2020");
const { schemas, cases, vocabulary } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const formats = { date: true, "date-time": true };
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, formats });
ajv.addVocabulary(vocabulary);
const compiled = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
console.log(JSON.stringify(cases.map(([name, text]) => compiled[name](JSON.parse(text)))));
"""


def install_ajv(npm: str, folder: Path) -> Path:
    """Install ajv once for all the processes of a run; skips without a registry, which CI does not allow."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / "ajv").is_dir():
            command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", AJV]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            if done.returncode:
                pytest.skip(f"npm cannot install {AJV}: {done.stderr[-500:]}")
    return folder


def ajv_verdicts(node: str, folder: Path, schemas: dict, cases: list) -> list[bool]:
    """Return what ajv says of (schema name, JSON text) cases; a schema that its strict mode refuses raises."""
    asked = json.dumps({"schemas": schemas, "cases": cases, "vocabulary": ANNOTATIONS})
    done = subprocess.run([node, "-e", _JUDGE], cwd=folder, input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


OTHER = """\
profile: autre
version: "2.1"
title: {fr: "Autre interface", en: "Another interface"}
extends: public
confidential: CONFIDENTIAL
formats:
  amounts: {value: AMOUNTS, confidence: official, source: "invented specification"}
  instants: {value: "INSTANTS", ZONE confidence: official, source: "invented specification"}
  days: {value: "DAYS", confidence: official, source: "invented specification"}
  envelope:
    message: charge.utile
    constants:
      entete.type: {value: "{kind}", confidence: official, source: "invented specification"}
      entete.version: {value: 3, confidence: official, source: "invented specification"}
    confidence: official
    source: "invented specification"
messages:
  avis_initial:
    provenance: {confidence: official, source: "invented specification, 4"}
    fields:
      deduit: {path: montants.dejaRegle, required: false, default: 0, amounts: cents}
      justificatif.emis_le: identification.ticketEmis
      zone: {path: constat.zone, codes: {jaune: 1, rouge: 2}}
    constants:
      montants.devise: {value: EUR, confidence: official, source: "invented specification"}
  titre_emis:
    provenance: {confidence: official, source: "invented specification, 5"}
    fields:
      majoration: {path: titreExecutoire.montants.majoration, amounts: euros_virgule}
  certificat_statut:
    provenance: {confidence: official, source: "invented specification, 6"}
    fields:
      etat: {path: etat, codes: {inconnu: 0, depose: 1, actif: 2, remplace: 3, revoque: 4, expire: "E"}}
  paiement:
    provenance: {confidence: official, source: "invented specification, 7"}
    fields:
      annule: {path: reglement.annule, codes: {"true": O, "false": N}}
"""


def other_profile(
    folder, *, amounts="euros_decimal", instants="%d/%m/%Y %H:%M:%S", days="%d/%m/%Y", confidential=False
):
    """Write a profile of other formats and names; return its path."""
    local = "%z" not in instants and instants not in ("iso8601", "epoch_seconds")
    text = OTHER.replace("CONFIDENTIAL", str(confidential).lower()).replace("AMOUNTS", amounts)
    text = (
        text.replace("INSTANTS", instants).replace("DAYS", days).replace("ZONE", "zone: Europe/Paris," if local else "")
    )
    path = folder / "autre.yaml"
    path.write_text(text, encoding="utf-8")
    return path

"""`lint` with all its rules beside bare Pydantic and jsonschema, on the same messages, as ratios; and a long run.

The same JSON lines (initial notices, profile `public`, all sound) are read three ways in turn: by `lint` as the
command runs it, by `validate_json` of a model as a vendor would write it by hand, and by a JSON Schema of the same
shape (Draft 2020-12, prepared once, formats off). Goal: at least 0.2 of Pydantic's speed, and 6 times jsonschema's.

    python tests/benchmarks/lint.py [messages]
    python tests/benchmarks/lint.py --count 10000000    # a file of so many, with numbers given twice and gaps
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from fpsctl.lint import Order, lint

SIRET = "13000000300009"
SETTINGS = f"""collectivites:
  "{SIRET}":
    - from: 2018-01-01
      nom: Commune d'Exemple
      tarifs:
        centre: {{fps: 3500, duree_max: PT2H, redevance_max: 3500}}
"""
FIRST = dt.date(2026, 1, 1)
ORDERS, DAYS = 200, 300
LETTERS = "ABCDEFGHJKLMNPQRTVWXYZ"
MAKES = ("RENAULT", "PEUGEOT", "CITROEN", "VOLKSWAGEN", "BMW", "FIAT", "TOYOTA", "DACIA")
ROUNDS = 5
EACH = 10_000
"""In the long run, one number in so many is given twice, and one is left out."""

Texte = Annotated[str, Field(min_length=1, max_length=200)]
Cents = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Identification(Part):
    numeroAvis: Annotated[str, Field(pattern=r"^\d{26}$")]  # noqa: N815 - names of the wire
    dateEtablissement: dt.date  # noqa: N815


class Collectivite(Part):
    denomination: Texte
    numeroSiret: Annotated[str, Field(pattern=r"^\d{14}$")]  # noqa: N815
    coordonnees: Texte


class Autorite(Part):
    indicatif: Annotated[int, Field(ge=0, le=9)]
    denomination: Texte
    coordonnees: Texte


class Agent(Part):
    identifiant: Texte
    signature: Texte
    autorite: Autorite


class Vehicule(Part):
    plaque: Texte
    marque: Texte | None = None
    paysImmatriculation: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]  # noqa: N815


class Constat(Part):
    dateHeure: dt.datetime  # noqa: N815
    lieu: Texte
    zoneTarifaire: Texte  # noqa: N815
    agent: Agent
    vehicule: Vehicule


class Minoration(Part):
    montantMinore: Cents  # noqa: N815
    dateLimite: dt.datetime | None = None  # noqa: N815


class Montants(Part):
    forfait: Cents
    dejaRegle: Cents  # noqa: N815
    du: Cents
    minoration: Minoration | None = None


class Ticket(Part):
    dateEmission: dt.datetime  # noqa: N815
    dateFin: dt.datetime  # noqa: N815
    montantRegle: Cents  # noqa: N815


class Validite(Part):
    dateFin: dt.datetime  # noqa: N815


class Avis(Part):
    """The wire shape of an initial notice, as a vendor would write it."""

    identification: Identification
    collectivite: Collectivite
    constat: Constat
    montants: Montants
    ticket: Ticket | None = None
    validite: Validite | None = None


def line(index: int, order: int | None = None) -> bytes:
    """Return a sound message; the order numbers of a device on a day follow each other."""
    device, rest = divmod(index, ORDERS * DAYS)
    day, rank = divmod(rest, ORDERS)
    when = FIRST + dt.timedelta(days=day)
    offset = "+02:00" if dt.date(2026, 3, 29) <= when < dt.date(2026, 10, 25) else "+01:00"
    hour = f"{9 + rank // 30:02d}:{rank % 30 * 2:02d}:{index % 60:02d}"
    pair = f"{LETTERS[index % 22]}{LETTERS[index // 22 % 22]}"
    number = f"{SIRET}{when.year % 100:02d}1{when.timetuple().tm_yday:03d}{device + 1:03d}{(order or rank) + 1:03d}"
    message = {
        "identification": {"numeroAvis": number, "dateEtablissement": when.isoformat()},
        "collectivite": {
            "denomination": "Commune d'Exemple",
            "numeroSiret": SIRET,
            "coordonnees": "1 place de la Fiction, 00000 Exemple",
        },
        "constat": {
            "dateHeure": f"{when}T{hour}{offset}",
            "lieu": f"{index % 199 + 1} rue des Tilleuls",
            "zoneTarifaire": "centre",
            "agent": {
                "identifiant": f"AG-{index % 97:04d}",
                "signature": "Signé",
                "autorite": {"indicatif": 1, "denomination": "Service du stationnement", "coordonnees": "2 rue Basse"},
            },
            "vehicule": {
                "plaque": f"A{pair[0]}-{index % 999 + 1:03d}-{pair[1]}B",
                "marque": MAKES[index % len(MAKES)],
                "paysImmatriculation": "FR",
            },
        },
        "montants": {
            "forfait": 3500,
            "dejaRegle": 220,
            "du": 3280,
            "minoration": {
                "montantMinore": 1700,
                "dateLimite": f"{when + dt.timedelta(days=1)}T00:00:00{offset}"
                if day not in (86, 87, 296, 297)
                else f"{when}T23:00:00{offset}",
            },
        },
        "ticket": {
            "dateEmission": f"{when}T08:00:00{offset}",
            "dateFin": f"{when}T08:30:00{offset}",
            "montantRegle": 220,
        },
        "validite": {"dateFin": f"{when}T20:00:00{offset}"},
    }
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def compare(count: int, folder: Path) -> bool:
    """Print the table; say whether the goals are met."""
    file = folder / "messages.jsonl"
    file.write_bytes(b"".join(line(index) for index in range(count)))
    lines = file.read_bytes().splitlines()
    order = Order((str(file),), workspace=folder, kind="")
    schema = Draft202012Validator(Avis.model_json_schema())
    slow = lines[: max(len(lines) // 20, 1)]  # jsonschema is an order of magnitude slower: fewer are enough

    def by_lint() -> int:
        done = lint(order)
        if done.findings or any(rule["not_judged"] for rule in done.result["rules"]):
            raise SystemExit(f"a rule spoke, or could not judge: {done.result['rules']}")
        return int(done.result["messages"])

    def by_pydantic() -> int:
        for text in lines:
            Avis.model_validate_json(text)
        return len(lines)

    def by_jsonschema() -> int:
        return sum(schema.is_valid(json.loads(text)) for text in slow)

    best: dict[str, float] = {}
    for _ in range(ROUNDS):  # interleaved, so that a slow moment of the machine touches all
        for read in (by_lint, by_pydantic, by_jsonschema):
            start = time.perf_counter()
            done = read()
            spent = (time.perf_counter() - start) / done
            best[read.__name__] = min(best.get(read.__name__, spent), spent)
    ours, pydantic, jsonschema = best["by_lint"], best["by_pydantic"], best["by_jsonschema"]
    print(f"{count} initial notices of {len(lines[0])} bytes, all rules judging")
    for name, spent in (("lint, all rules", ours), ("pydantic validate_json", pydantic), ("jsonschema", jsonschema)):
        print(f"{name:24} {spent * 1e6:8.1f} us a message   {1 / spent:10,.0f} a second")
    print(f"lint / pydantic, speed   {pydantic / ours:8.2f}   (goal 0.2)")
    print(f"lint / jsonschema, speed {jsonschema / ours:8.2f}   (goal 6)")
    return pydantic / ours >= 0.2 and jsonschema / ours >= 6


def long_run(count: int, folder: Path) -> bool:
    """Check a file of `count` messages by the command, in its own process; print time and memory."""
    file = folder / "messages.jsonl"
    with file.open("wb") as out:
        for index in range(count):
            if index % EACH == EACH // 2 + 7:
                continue  # a gap within the series of a device
            out.write(line(index))
            if index % EACH == 0:
                out.write(line(index).replace(b"rue des Tilleuls", b"rue Basse"))
    print(f"{count} messages, {file.stat().st_size / 1e9:.2f} GB")
    command = [sys.executable, "-m", "fpsctl", "lint", str(file), "-C", str(folder), "-o", "json"]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.perf_counter() - start
    result = json.loads(said)["result"]
    for rule in result["rules"]:
        print(f"{rule['findings']:8} {rule['id']} (shown: {rule['shown']})")
    print(f"{result['messages']} messages in {spent:.0f} s: {spent / result['messages'] * 1e6:.1f} us a message")
    print(f"memory at most {used.ru_maxrss / 1024:.0f} MiB")
    return True


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", nargs="?", type=int, default=20_000)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=None, help="where the file is written; removed at the end")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        (folder / "fpsctl.yaml").write_text(SETTINGS, encoding="utf-8")
        met = long_run(asked.count, folder) if asked.count else compare(asked.messages, folder)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())

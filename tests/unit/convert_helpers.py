"""What the tests of `convert` share: a town, its workspace, a fine that becomes a message."""

import copy
import json

from fpsctl.convert import Order, convert

PARIS = "21750001600019"
SETTINGS = """collectivites:
  "21750001600019":
    - from: 2026-01-01
      nom: Ville Fictive
      tarifs:
        Z1: {fps: 50.00 €, duree_max: PT6H}
        Z2: {fps: 35.00 €, duree_max: PT2H}
      minore: {montant: 35.00 €, duree: PT96H}
      autorites:
        "1": {nom: Service du stationnement, adresse: [SERVICE RAPO, 1 PLACE FICTIVE, 00000 FICTION]}
"""
FINE = {
    "type": "INITIAL",
    "fineLegalId": "21750001600019261061995008",
    "agent": {"agentId": "AG-0147"},
    "zoneId": "Z2",
    "statementAddress": "Place de la Fiction",
    "licensePlate": {"plate": "SS-124-AB", "plateCountry": "FR"},
    "vehicle": {"brand": "FICTIVE"},
    "statementDatetime": "2026-03-02T10:42:05+01:00",
    "finePrice": 3500,
    "notificationAuthority": "ANTAI",
}
CORRECTION = FINE | {
    "type": "CORRECTION",
    "fineLegalId": "21750001600019261095996003",
    "rootFineLegalId": "21750001600019261061995008",
    "finePrice": 1000,
    "fpsctl": {"rapo_recu_le": "2026-03-20"},
}
ABSENT = object()


def changed(base=FINE, **values):
    """Return the fine with dotted names (a dot is `__`) set, or taken out."""
    fine = copy.deepcopy(base)
    for path, value in values.items():
        *parents, last = path.split("__")
        group = fine
        for parent in parents:
            group = group.setdefault(parent, {})
        if value is ABSENT:
            del group[last]
        else:
            group[last] = value
    return fine


def town(folder, settings=SETTINGS):
    """Write the settings; return the workspace."""
    folder.mkdir(exist_ok=True)
    (folder / "fpsctl.yaml").write_text(settings, encoding="utf-8")
    return folder


def converted(folder, *fines, amounts="", profile="public"):
    """Convert fines in a workspace and return the conversion."""
    source = folder / "fines.jsonl"
    source.write_text("".join(f"{json.dumps(fine, ensure_ascii=False)}\n" for fine in fines), encoding="utf-8")
    return convert(Order("fnms", [str(source)], profile, amounts), folder)


def one(folder, fine, **options):
    """Return what one fine became: its message (None) and id -> details of its findings."""
    made = converted(folder, fine, **options).result["fines"][0]
    found = {}
    for finding in made["findings"]:
        found.setdefault(finding["id"], []).append(finding["detail"])
    return made["message"], found

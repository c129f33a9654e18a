"""From a fine to a message: the rows of the table, the rules between fields, then the typed message."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from fpsctl.antai.messages import AvisInitial, AvisRectificatif
from fpsctl.convert import judge, money
from fpsctl.convert.case import Case
from fpsctl.convert.fine import Fine, Notes, named, shown
from fpsctl.convert.table import BESIDE, CANCELLED, DROPPED, GROUPS, KINDS, KNOWN, ROWS, fnms_name, of_one_product
from fpsctl.convert.values import Unread
from fpsctl.dossier.messages import contact_of
from fpsctl.texts import text
from fpsctl.validation import problem_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpsctl.convert.towns import Towns
    from fpsctl.identifiers import NumeroFps

_MOST_UNKNOWN = 20  # told one by one; the others by name only


class Built(NamedTuple):
    """What a fine became: its kind, its number, the message (None where a finding says why not)."""

    kind: str | None
    numero: NumeroFps | None
    message: AvisInitial | AvisRectificatif | None


def build(value: dict[str, object], towns: Towns, amounts: str, notes: Notes) -> Built:
    """Make the message of a fine; `amounts` is `cents`, `euros` or empty (to be found out).

    Raises what `Towns` does.
    """
    fine = Fine(value)
    stated = fine.take("type")
    kind = KINDS.get(stated) if isinstance(stated, str) else None
    if kind is None:
        _no_kind(stated, notes)
        return Built(None, None, None)
    case = Case(kind, fine, notes, towns)
    for row in ROWS:
        if kind in row.kinds:
            case.read(row)
    judge.judge(case)
    money.settle(case, amounts)
    _settings(case)
    _defaults(case)
    _dropped(case)
    _left(case)
    return Built(kind, case.numero, None if notes.broken else _message(case))


def _no_kind(stated: object, notes: Notes) -> None:
    if stated is None:
        notes.add("fnms.missing", field="type", canonical="INITIAL, CORRECTION")
    elif stated == CANCELLED:
        notes.add("fnms.type.cancelled")
    else:
        notes.add("fnms.type.unknown", value=shown(stated))


def _settings(case: Case) -> None:
    """Take from the town's settings what FNMS does not carry: name, contact, authority of digit 17."""
    town, numero = case.town, case.numero
    if town is None or numero is None:
        return
    nom, contact = contact_of(town, numero.autorite)
    case.values |= {
        "collectivite.nom": town.reglages.nom,
        "collectivite.siret": town.siret,
        "collectivite.contact": contact,
        "autorite.code": numero.autorite,
        "autorite.nom": nom,
        "autorite.contact": contact,
    }
    if town.exemple:
        case.notes.add("fnms.town.example", siret=town.siret)
    else:
        case.notes.add("fnms.derived.settings", path=case.towns.path, since=town.depuis)
    if str(numero.autorite) not in town.reglages.autorites:
        case.notes.add("fnms.town.autorite", siret=town.siret, autorite=numero.autorite, since=town.depuis)


def _defaults(case: Case) -> None:
    if "signature" not in case.values:
        case.values["signature"] = "Signé"
        case.notes.add("fnms.signature")


def _dropped(case: Case) -> None:
    """Say what has no place in the message, grouped by reason."""
    found: dict[str, list[str]] = {}
    for name, code in DROPPED.items():
        carried = any(row.fnms == name and case.kind in row.kinds for row in ROWS)
        used = name == "parent" and "fnms.root.parent" in {finding.id for finding in case.notes.found}
        if not carried and not used and case.fine.take(name) is not None:
            found.setdefault(code, []).append(name)
    for code, names in found.items():
        case.notes.add(code, fields=", ".join(names))


def _left(case: Case) -> None:
    """Say what nothing has used: names of another kind of message, of one product, or unknown."""
    elsewhere, products, unknown = [], [], []
    for name, value in case.fine.left(GROUPS):
        if name in KNOWN or name in GROUPS:
            if value is None or case.fine.peek(name) is None:
                continue
            if name in GROUPS and name != "statementAddress" and not isinstance(value, dict):
                case.invalid(name, Unread("object"))
            else:
                elsewhere.append(name)
        elif of_one_product(name):
            products.append(named(name))
        else:
            unknown.append((name, value))
    if elsewhere:
        case.notes.add("fnms.dropped.kind", fields=", ".join(elsewhere), kind=case.kind)
    if products:
        case.notes.add("fnms.product", fields=", ".join(products))
    for name, value in unknown[:_MOST_UNKNOWN]:
        variant = "beside" if name.startswith(f"{BESIDE}.") else "detail"
        private = name.startswith(("offender.", "representative."))
        told = text("fnms.withheld.personal") if private else shown(value)
        case.notes.add("fnms.unknown", variant, field=named(name), value=told)
    if rest := unknown[_MOST_UNKNOWN:]:
        case.notes.add("fnms.unknown", "more", count=len(rest), fields=", ".join(named(name) for name, _ in rest))


def _message(case: Case) -> AvisInitial | AvisRectificatif | None:
    model = AvisInitial if case.initial else AvisRectificatif
    try:
        return model.model_validate(_nested(case.values))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            path = ".".join(str(part) for part in problem["loc"])
            reason = problem_text(problem["type"], problem["msg"], problem.get("ctx", {}))
            case.notes.add("fnms.invalid", field=fnms_name(case.kind, path), reason=reason)
        return None


def _nested(flat: Mapping[str, object]) -> dict[str, object]:
    """Turn canonical paths into the groups of a message; what could not be read is left out."""
    nested: dict[str, object] = {}
    for path, value in flat.items():
        *parents, last = path.split(".")
        group = nested
        for parent in parents:
            inner = group.setdefault(parent, {})
            group = inner if isinstance(inner, dict) else {}
        group[last] = value
    return nested

"""The settings of a town, for the terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from fpsctl.render.terminal import euros, heading, table
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.collectivite import Collectivite


def town_result(town: Collectivite) -> dict[str, Any]:
    """Return the settings as plain data; amounts in cents, lengths in minutes."""
    return {
        "siret": town.siret,
        "from": town.depuis.isoformat(),
        **town.reglages.model_dump(mode="json"),
        "notification": town.reglages.mode,
    }


def town_lines(town: Collectivite) -> list[Text]:
    """Return the settings for the terminal."""
    reglages = town.reglages
    rows = [
        ["cycle", reglages.cycle],
        ["notification", reglages.mode],
        ["fuseau", reglages.fuseau],
        ["type", reglages.type],
        ["population", str(reglages.population or "-")],
    ]
    for zone, tarif in reglages.tarifs.items():
        rows.append([f"tarif {zone}", f"{euros(tarif.fps)} · {_hours(tarif.duree_max)}"])
    if reglages.minore:
        minore = reglages.minore
        rows.append(["minore", f"{euros(minore.montant)} · {_hours(minore.duree)} · {minore.debut} · {minore.canal}"])
    for digit, autorite in sorted(reglages.autorites.items()):
        rows.append([f"autorite {digit}", " · ".join([autorite.nom, *autorite.adresse])])
    rows += [[f"parametre {slug}", str(value)] for slug, value in sorted(reglages.parametres.items())]
    since = text("ui.since", date=town.depuis.isoformat())
    return [heading(f"{reglages.nom} ({town.siret}), {since}"), *table(rows)]


def list_lines(towns: Sequence[dict[str, str]]) -> list[Text]:
    """Return one line a town."""
    return table([[town["siret"], town["nom"]] for town in towns]) or [Text(text("ui.none"))]


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"

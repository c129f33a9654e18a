"""The settings of a town, dated: cycle, tariffs, minored price, notification, zone, RAPO addresses."""

from fpsctl.collectivite.models import Autorite, Collectivite, MinoreReglage, Reglages, Tarif
from fpsctl.collectivite.store import add_town, change_town, example, load, names, require, versions_of

__all__ = [
    "Autorite",
    "Collectivite",
    "MinoreReglage",
    "Reglages",
    "Tarif",
    "add_town",
    "change_town",
    "example",
    "load",
    "names",
    "require",
    "versions_of",
]

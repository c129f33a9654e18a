"""A dossier under way, told by local dates: what several engine tests share."""

import datetime as dt

from fpsctl.dossier import Constat, Engine, Event, Rules
from fpsctl.dossier.views import deadlines, montants


def day(text):
    return dt.date.fromisoformat(text).toordinal()


class Case:
    """A dossier under way, told by local dates."""

    def __init__(self, found="2026-03-02", fps=3500, deduit=0, **rules):
        self.rules = Rules(**rules)
        start = self.rules.midnight(day(found)) + 36_000
        self.engine = Engine(self.rules)
        self.constat = Constat("x", start, day(found), start, day(found), fps, deduit)
        self.dossier = self.engine.open(self.constat).dossier
        self.steps = []

    def on(self, text, kind, hour=12, **slots):
        instant = self.rules.midnight(day(text)) + hour * 3600
        self.dossier = self.engine.apply(self.dossier, Event(instant, day(text), kind, **slots), self.steps)
        return self

    def until(self, text):
        self.dossier = self.engine.advance(self.dossier, self.rules.midnight(day(text) + 1) - 1, self.steps)
        return self

    def sent(self, text="2026-03-02"):
        return self.on(text, "transmission").on(text, "envoi", 18)

    def amounts(self):
        return montants(self.dossier, self.rules, self.dossier.instant)

    def titled(self):
        return self.sent().on("2026-06-19", "titre_emission").on("2026-07-01", "avertissement")

    def statuts(self):
        return {item.slug: item.statut for item in deadlines(self.dossier, self.rules, self.dossier.instant)}

    def echeances(self):
        return {item.slug: item.jour.isoformat() for item in deadlines(self.dossier, self.rules, self.dossier.instant)}

"""The engine beside a hand-written loop that lives the same restricted life; ratio of time per event.

Both write the same lines (their digests are compared, else no ratio is printed): finding, transmission,
sending two days later, notification, then payment on a given day, or unpaid, title. Run:

    python tests/benchmarks/engine.py [dossiers]
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import sys
import time
from functools import lru_cache

from fpsctl.dossier import Constat, Engine, Event, Rules
from fpsctl.dossier.agenda import next_act
from fpsctl.dossier.amounts import reste

FIRST = dt.date(2026, 1, 1).toordinal()
AMOUNTS = (1700, 2500, 3500, 5000)
ROUNDS = 5


def cases(count):
    """Yield (index, finding day, amount, day of payment or None)."""
    for index in range(count):
        day = FIRST + index % 365
        yield index, day, AMOUNTS[index % 4], None if index % 3 == 0 else day + 20 + index % 60


@lru_cache(maxsize=1 << 16)
def three_months(day):
    start = dt.date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month + 2, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last)).toordinal()


def loop(count, write):
    """Live every dossier by hand: what a vendor writes when only this life matters."""
    events = 0
    for index, day, fps, paid in cases(count):
        balance = fps
        notified = day + 2 + 6
        due = three_months(notified)
        life = [(day, "constatation", "constate"), (day, "transmission", "constate"), (day + 2, "envoi", "constate")]
        life.append((notified, "notification", "notifie"))
        for when, kind, state in life:
            write(f"{index};{when};{kind};{state};{balance}\n")
        events += 4
        if paid is not None:
            balance = 0
            write(f"{index};{paid};paiement;acquitte;{balance}\n")
            events += 1
            continue
        write(f"{index};{due + 1};paiement_echu;impaye;{balance}\n")
        balance += max((balance * 20 + 50) // 100, 5000)
        write(f"{index};{due + 11};titre_emission;titre;{balance}\n")
        events += 2
    return events


def engine(count, write):
    """Live every dossier with the one engine of fpsctl."""
    rules = Rules(parametres={"service.envoi": 2})
    run = Engine(rules)
    midnight = rules.midnight
    events = 0
    for index, day, fps, paid in cases(count):
        start = midnight(day) + 36_000
        first = run.open(Constat("", start, day, start, day, fps, 0))
        steps, dossier = [first], first.dossier
        payment = None if paid is None else Event(midnight(paid) + 43_200, paid, "paiement", montant=fps)
        while dossier.dette not in ("titre", "acquitte"):
            act = next_act(dossier, rules)
            if payment is not None and (act is None or payment.instant <= act.instant):
                act = payment
            effect = run.next_effect(dossier)
            if act is None or (effect is not None and effect.instant <= act.instant):
                dossier = run.advance(dossier, effect.instant, steps)
            else:
                dossier = run.apply(dossier, act, steps)
        for step in steps:
            after = step.dossier
            write(f"{index};{step.event.jour};{step.event.kind};{after.dette};{reste(after.compte)}\n")
        events += len(steps)
    return events


def measure(live, count):
    digest = hashlib.sha256()
    lines = []
    start = time.perf_counter()
    events = live(count, lines.append)
    spent = time.perf_counter() - start
    digest.update("".join(lines).encode())
    return spent / events, events, digest.hexdigest()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    times = {loop: [], engine: []}
    digests = set()
    for _ in range(ROUNDS):
        for live, found in times.items():  # interleaved, so that a slow moment of the machine touches both
            spent, events, digest = measure(live, count)
            found.append(spent)
            digests.add(digest)
    if len(digests) != 1:
        print("the two lives differ: no ratio")
        return 1
    best = {live: min(found) for live, found in times.items()}
    print(f"{count} dossiers, {events} events, same lines ({digests.pop()[:12]})")
    print(f"hand-written loop  {best[loop] * 1e6:7.2f} us an event")
    print(f"fpsctl engine      {best[engine] * 1e6:7.2f} us an event")
    print(f"ratio              {best[engine] / best[loop]:7.2f}")
    per_dossier = best[engine] * events / count
    print(f"13 million dossiers on 2 cores: {13e6 * per_dossier / 2 / 60:.1f} min (engine and lines)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

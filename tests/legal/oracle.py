"""Recompute the legal dates and amounts of table.json, from the wording of the law and nothing else.

Nothing here may come from the product: the delays are written a second time, the arithmetic is done a second way.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)

# slug: (length, rule). `prescription` depends on the day of signature: see `last_day`.
DELAYS = {
    "notification.vehicule": (0, "days"),
    "notification.postale": (5, "clear"),
    "notification.rapo_postale": (5, "clear"),
    "avertissement.reception": (5, "clear"),
    "paiement": (3, "months"),
    "paiement.rectifie": (3, "months"),
    "rapo.depot": (1, "months"),
    "rapo.reponse": (1, "months"),
    "titre.fenetre_annulation": (10, "days"),
    "avertissement.reduction": (1, "months"),
    "recours.rapo": (1, "months"),
    "recours.titre": (1, "months"),
    "tsp.fax": (15, "days"),
    "tsp.regularisation": (1, "months"),
    "tsp.defense": (1, "months"),
    "tsp.decision_reputee": (8, "days"),
    "tsp.execution": (3, "months"),
    "conservation.antai": (3, "years"),
}
FOUR_YEARS_FROM = date(2022, 1, 1)
EXTRA_MONTHS = {"outre_mer": 1, "etranger": 2}
WINDOW_DAYS = {"complet": 10, "partiel": 0}


# Dates


def walk(start, days):
    """Advance one day at a time."""
    day = start
    for _ in range(days):
        day += ONE_DAY
    return day


def same_number(start, months):
    """Give the same day number so many months later, else the last day of that month."""
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    number = start.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def last_day(slug, start, options, extra_months=0):
    if slug == "prescription":
        years = 3 if start < FOUR_YEARS_FROM else 4
        return same_number(start, 12 * years)
    length, rule = DELAYS[slug]
    if rule == "clear":
        # neither the day of sending nor the day of arrival is counted: the arrival is the day after the last clear day
        shorter = slug == "notification.postale" and options.get("notification.postale.mode") == "plus_cinq"
        return walk(start, length) if shorter else walk(start, length) + ONE_DAY
    if rule == "months":
        end = same_number(start, length + extra_months)
        return end + ONE_DAY if options.get("delais.mois") == "franc" else end
    if rule == "years":
        return same_number(start, 12 * length)
    return walk(start, length)


def date_case(case):
    return last_day(case["slug"], date.fromisoformat(case["start"]), case["options"]).isoformat()


def extended_case(case):
    extra = EXTRA_MONTHS[case["residence"]]
    return last_day(case["slug"], date.fromisoformat(case["start"]), {}, extra).isoformat()


def chain_case(case):
    if case["cycle"] == "complet":
        notified = last_day("notification.postale", date.fromisoformat(case["envoi"]), {})
    else:
        notified = date.fromisoformat(case["constat"])
    paid_until = last_day("paiement", notified, {})
    window = walk(paid_until, WINDOW_DAYS[case["cycle"]])
    days = {
        "notification": notified,
        "rapo.depot": last_day("rapo.depot", notified, {}),
        "paiement": paid_until,
        "fenetre": window,
        "titre": window + ONE_DAY,
    }
    return {name: day.isoformat() for name, day in days.items()}


# Instants: all arithmetic in UTC, so that an hour is an hour


def utc(text):
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, f"{text}: an instant says its offset"
    return moment.astimezone(UTC)


def instant_case(case):
    end = utc(case["start"]) + timedelta(hours=case["hours"])
    return end.astimezone(ZoneInfo(case["zone"])).isoformat()


def legal_day_case(case):
    return utc(case["instant"]).astimezone(ZoneInfo(case["zone"])).date().isoformat()


# Amounts, in cents


def fifth(cents):
    """Take 20 %, to the nearest cent, a half going up."""
    return floor(Fraction(cents, 5) + Fraction(1, 2))


def du(fps, deduit):
    return max(0, fps - deduit)


def majoration(reste):
    return max(fifth(reste), 5000)


def reduction(reste, majoration):
    return min(fifth(reste + majoration), majoration)


def total_titre(reste):
    return reste + majoration(reste)


def apres_reduction(reste):
    return total_titre(reste) - reduction(reste, majoration(reste))


def balance(initial, majoration, paye, annule, remis, reduction):
    return initial + majoration - (paye + annule + remis + reduction)


AMOUNTS = {
    "du": du,
    "majoration": majoration,
    "reduction": reduction,
    "total_titre": total_titre,
    "apres_reduction": apres_reduction,
    "reste": balance,
}


def amount_case(case):
    return AMOUNTS[case["function"]](**case["args"])


def deduction_case(case):
    drawn_up = utc(case["drawn_up"])
    running = []
    for receipt in case["receipts"]:
        issued = utc(receipt["emis_le"])
        expiry = issued + timedelta(minutes=receipt["duree_max_minutes"])
        if issued <= drawn_up < expiry:
            running.append((issued, receipt["montant"]))
    deducted = max(running)[1] if running else 0
    return {"deduit": deducted, "due": du(case["fps"], deducted)}


KINDS = {
    "date": date_case,
    "extended": extended_case,
    "chain": chain_case,
    "amount": amount_case,
    "instant": instant_case,
    "legal-day": legal_day_case,
    "deduction": deduction_case,
}


def recompute(case):
    return KINDS[case["kind"]](case)

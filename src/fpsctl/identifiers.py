"""What an FPS is called by: SIRET, number, plate, amount.

Each is a `str` or `int` that has been checked once, so it serialises as itself. A wrong value raises
`InvalidIdentifier`, which is also a `ValueError` so that Pydantic reports it with its place.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from fpsctl.errors import InvalidValue

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

SIMULATION_TERMINALS = tuple(range(990, 1000))
"""Device numbers set aside for generated notices, so that none can be taken for a real one."""

OVERSEAS = frozenset({"BL", "GF", "GP", "MF", "MQ", "PM", "RE", "YT"})
"""ISO 3166-1 codes of overseas parts of France, whose vehicles we take to be in the French register (assumption)."""

_SEPARATORS = re.compile(r"[\s\u00a0\u202f.\-]+")
_CENTURY, _FIRST_YEAR = 2000, 2018  # the FPS exists since 2018


class InvalidIdentifier(InvalidValue):
    """A value is not the identifier it claims to be."""


class _Text(str):
    """A checked string that Pydantic reads and writes as a plain one."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415 - light commands do without

        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())


class Siret(_Text):
    """The 14 digits of an establishment (INSEE); Luhn, with La Poste's own rule."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Accept spaces; raises `InvalidIdentifier` (`siret.format`, `siret.checksum`)."""
        digits = _SEPARATORS.sub("", value)
        if not digits.isascii():  # what looks like a digit of ours is none on the wire
            raise InvalidIdentifier("siret.format", value=value)
        from stdnum import exceptions  # noqa: PLC0415 - 25 ms that light commands may not need
        from stdnum.fr import siret  # noqa: PLC0415

        try:
            return super().__new__(cls, siret.validate(digits))
        except exceptions.InvalidChecksum as error:
            raise InvalidIdentifier("siret.checksum", value=value) from error
        except exceptions.ValidationError as error:
            raise InvalidIdentifier("siret.format", value=value) from error

    @property
    def siren(self) -> str:
        """The 9 digits of the legal unit."""
        return self[:9]


class NumeroFps(_Text):
    """The 26 digits of an avis de paiement, arrêté of 6 November 2015, art. 4 I.

    `annee` is the year of the finding, `jour` the day the notice was drawn up: different facts, which
    part around new year. The SIRET inside is not checked here: a number is read even when it is wrong.
    """

    __slots__ = ()
    _LENGTH = 26
    _LENGTH_WITH_KEY = 28

    def __new__(cls, value: str) -> Self:
        """Accept spaces and a trailing two-digit key; raises `InvalidIdentifier` (`numero.format`)."""
        return super().__new__(cls, cls.read(value)[0])

    @classmethod
    def read(cls, value: str) -> tuple[str, str | None]:
        """Return the 26 digits and the printed key, if any; raises `InvalidIdentifier` (`numero.format`)."""
        digits = _SEPARATORS.sub("", re.sub(r"(?i)cl[ée]\s*:?", "", value))
        if not (digits.isascii() and digits.isdigit()) or len(digits) not in (cls._LENGTH, cls._LENGTH_WITH_KEY):
            raise InvalidIdentifier("numero.format", value=value, length=len(digits))
        return digits[: cls._LENGTH], digits[cls._LENGTH :] or None

    @classmethod
    def make(
        cls,
        siret: str,
        *,
        annee: int,
        jour: int,
        autorite: int = 1,
        terminal: int = SIMULATION_TERMINALS[0],
        ordre: int = 1,
    ) -> NumeroFps:
        """Build a number from its fields; raises `InvalidIdentifier` (`numero.field`, `numero.annee`)."""
        if not _FIRST_YEAR <= annee < _CENTURY + 100:
            raise InvalidIdentifier("numero.annee", value=annee, first=_FIRST_YEAR)
        fields = (
            ("annee", annee - _CENTURY, 2),
            ("autorite", autorite, 1),
            ("jour", jour, 3),
            ("terminal", terminal, 3),
            ("ordre", ordre, 3),
        )
        for name, number, width in fields:
            if not 0 <= number < 10**width:
                raise InvalidIdentifier("numero.field", field=name, value=number, width=width)
        return cls(Siret(siret) + "".join(f"{number:0{width}d}" for _, number, width in fields))

    @property
    def siret(self) -> str:
        """SIRET of the authority that instituted the charge, unchecked."""
        return self[:14]

    @property
    def annee(self) -> int:
        """Year of the finding, four digits."""
        return _CENTURY + int(self[14:16])

    @property
    def autorite(self) -> int:
        """Indicator of the agent's authority."""
        return int(self[16])

    @property
    def jour(self) -> int:
        """Number of the day the notice was drawn up, 1 to 366."""
        return int(self[17:20])

    @property
    def terminal(self) -> str:
        """Device, agent or workstation, three digits."""
        return self[20:23]

    @property
    def ordre(self) -> str:
        """Order number, three digits."""
        return self[23:26]

    def date_etablissement(self, constat: dt.date | None = None) -> dt.date | None:
        """Return the day the notice was drawn up, or None where no such day exists.

        With the day of the finding: the first such day not before it (so that 31 December then 001 is
        1 January). Without: the day in the year of the finding.
        """
        years = (self.annee,) if constat is None else (constat.year, constat.year + 1)
        days = (_day_of_year(year, self.jour) for year in years)
        return next((day for day in days if day and (constat is None or day >= constat)), None)

    @property
    def spaced(self) -> str:
        """The number as printed: 14, 2, 1, 3, 3, 3 digits."""
        cuts = (0, 14, 16, 17, 20, 23, 26)
        return " ".join(self[a:b] for a, b in pairwise(cuts))


def _day_of_year(year: int, number: int) -> dt.date | None:
    if number < 1:
        return None
    day = dt.date(year, 1, 1) + dt.timedelta(days=number - 1)
    return day if day.year == year else None


class Cle(NamedTuple):
    """The two-digit key of a payment number, and how far it can be trusted."""

    value: str | None
    algorithm: str
    confidence: str


def cle_telepaiement(numero: NumeroFps, algorithm: str, confidence: str) -> Cle:
    """Compute the key under a hypothesis: `off`, `mod97` or `mod99` (no public formula; never a validity rule).

    Raises `InvalidIdentifier` (`numero.key-algorithm`) on another name.
    """
    moduli = {"off": 0, "mod97": 97, "mod99": 99}
    if algorithm not in moduli:
        raise InvalidIdentifier("numero.key-algorithm", value=algorithm, known=", ".join(moduli))
    modulus = moduli[algorithm]
    return Cle(f"{int(numero) % modulus:02d}" if modulus else None, algorithm, confidence)


_SIV = re.compile(r"([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})")
_DEPARTEMENT = r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]"
_FNI = re.compile(rf"(\d{{1,4}})([A-HJ-NP-TV-Z]{{1,3}})({_DEPARTEMENT})")
_FOREIGN = re.compile(r"[A-Z0-9]{2,15}")


class Immatriculation(_Text):
    """A plate: SIV (`AB-123-CD`), FNI (`1234 AB 75`), or foreign (free, upper case)."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Normalise case and separators; raises `InvalidIdentifier` (`immatriculation.format`)."""
        bare = _SEPARATORS.sub("", value)
        if not bare.isascii():  # upper case would make letters of ours out of others
            raise InvalidIdentifier("immatriculation.format", value=value)
        compact = bare.upper()
        if siv := _SIV.fullmatch(compact):
            return super().__new__(cls, "-".join(siv.groups()))
        if fni := _FNI.fullmatch(compact):
            return super().__new__(cls, " ".join(fni.groups()))
        if not _FOREIGN.fullmatch(compact):
            raise InvalidIdentifier("immatriculation.format", value=value)
        return super().__new__(cls, compact)

    @property
    def systeme(self) -> Literal["siv", "fni", "etranger"]:
        """The French register the plate has the shape of, else `etranger`."""
        if "-" in self:
            return "siv"
        return "fni" if " " in self else "etranger"

    @property
    def synthetic(self) -> bool:
        """Whether the plate can never have been issued (SIV pairs never contain `SS`)."""
        return self.systeme == "siv" and "SS" in (self[:2], self[-2:])

    @classmethod
    def generate(cls, index: int) -> Immatriculation:
        """Return the index-th plate that was never issued: `SS-001-AA`, then on, each different.

        Raises `InvalidIdentifier` (`immatriculation.exhausted`) past the last one.
        """
        letters = "ABCDEFGHJKLMNPQRTVWXYZ"
        pairs = len(letters) ** 2
        number, pair = index % 999 + 1, index // 999
        if not 0 <= pair < 2 * pairs:
            raise InvalidIdentifier("immatriculation.exhausted", value=index, most=2 * pairs * 999)
        first, second = divmod(pair % pairs, len(letters))
        other = f"{letters[first]}{letters[second]}"
        ends = ("SS", other) if pair < pairs else (other, "SS")
        return cls(f"{ends[0]}{number:03d}{ends[1]}")


_EUROS = re.compile(r"(\d+)(?:[.,](\d{2}))?\s*(?:€|EUR|euros?)", re.IGNORECASE)


class Montant(int):
    """An amount in integer euro cents."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Montant:
        """Read an integer of cents, or text that names its unit (`35,00 €`).

        Raises `InvalidIdentifier`: `montant.float` for a float or a bare decimal, `montant.format` otherwise.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            return cls(value)
        if isinstance(value, float) or (isinstance(value, str) and re.fullmatch(r"\s*\d+[.,]\d+\s*", value)):
            raise InvalidIdentifier("montant.float", value=value)
        match = _EUROS.fullmatch(_SEPARATORS_KEEP_DOT.sub("", value)) if isinstance(value, str) else None
        if match is None:
            raise InvalidIdentifier("montant.format", value=value)
        return cls(int(match[1]) * 100 + int(match[2] or 0))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read and write a plain integer of cents; a float is refused."""
        from pydantic_core import core_schema  # noqa: PLC0415 - light commands do without

        return core_schema.no_info_after_validator_function(cls, core_schema.int_schema(strict=True))

    def show(self, lang: str) -> str:
        """Write the amount for people: `35,00 €` in French, `€35.00` in English."""
        sign, (euros, cents) = "-" if self < 0 else "", divmod(abs(self), 100)
        if lang == "fr":
            return f"{sign}{f'{euros:,}'.replace(',', chr(0x202F))},{cents:02d}\u00a0€"
        return f"{sign}€{euros:,}.{cents:02d}"


_SEPARATORS_KEEP_DOT = re.compile(r"[\s\u00a0\u202f]+")

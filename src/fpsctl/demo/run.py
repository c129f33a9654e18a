"""The demonstration from end to end: what each part leaves in the folder, and what to try next."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from fpsctl.antai import load_profile
from fpsctl.antai.endpoint import SANDBOX, find_endpoint
from fpsctl.demo.chain import Chain
from fpsctl.demo.editor import self_certify
from fpsctl.demo.lives import SCENARIOS, simulate
from fpsctl.errors import ConnectionFailed, LocalError
from fpsctl.identifiers import NumeroFps
from fpsctl.render.page import index_page, write_file
from fpsctl.render.terminal import euros
from fpsctl.sandbox.control import Control
from fpsctl.sandbox.process import launch
from fpsctl.texts import text
from fpsctl.validation import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fpsctl.clock import Clock

CHAIN = "chain"
STATE = "fpsctl-sandbox"
_STEPS = ("raccordement", "certificate", "connection", "exchanges")


class Told(NamedTuple):
    """One part of the demonstration that is done: its place, its title, what it came to."""

    number: int
    total: int
    titre: str
    line: str
    summary: dict[str, Any]


class _Link(NamedTuple):
    href: str
    titre: str
    line: str


def run(folder: Path, clock: Clock) -> Iterator[Told]:
    """Do every part into `folder`; what an earlier run left is replaced. Writes the index last.

    Raises `LocalError` (`output.unwritable`, `demo.folder`, `sandbox.*`), `Refused`, `ConnectionFailed`.
    """
    chain = _cleared(folder)
    links: list[_Link] = []
    reserve = ""
    total = len(SCENARIOS) + len(_STEPS) + 1
    for number, name in enumerate(SCENARIOS, 1):
        life = simulate(folder, name)
        links.append(_Link(f"{name}.html", life.titre, life.line))
        reserve = life.origin
        yield Told(number, total, life.titre, life.line, life.summary)
    for number, told in enumerate(_chain(chain, clock), len(SCENARIOS) + 1):
        links += _printed(told)
        yield told._replace(number=number, total=total)
    links += [
        _Link(f"{CHAIN}/{name}", text(f"demo.link.{name}"), "") for name in ("convention-signee.txt", "retours.json")
    ]
    line, summary = self_certify(folder, clock)
    links.append(_Link("conformance.json", text("demo.step.certification"), line))
    yield Told(total, total, text("demo.step.certification"), line, {"conformance": summary})
    write_file(folder / "index.html", index_page(text("demo.index"), [link._asdict() for link in links], reserve))


def _printed(told: Told) -> list[_Link]:
    """Link the print requests that a part retrieved."""
    return [
        _Link(
            f"{CHAIN}/impressions/{item['numero']}.json",
            text(f"demo.link.{item['document']}", numero=NumeroFps(item["numero"]).spaced),
            euros(item["montant"]),
        )
        for item in told.summary.get("impressions", [])
    ]


def _chain(folder: Path, clock: Clock) -> Iterator[Told]:
    with launch(folder / STATE) as running:
        chain = Chain(running, folder, clock)
        with chain.control:
            for name in _STEPS[:-1]:
                yield Told(0, 0, text(f"demo.step.{name}"), getattr(chain, name)(), {"step": name})
            line, printed = chain.exchanges()
            yield Told(0, 0, text("demo.step.exchanges"), line, {"step": "exchanges", "impressions": printed})


def _cleared(folder: Path) -> Path:
    """Return the folder of the chain, empty; one that no demonstration made, or that is in use, is left alone."""
    chain = folder / CHAIN
    if chain.exists() and not (chain / STATE).is_dir():
        raise LocalError("demo.folder", path=chain)
    _refuse_running(chain / STATE / "ready.json")
    try:
        if chain.exists():
            shutil.rmtree(chain)
        chain.mkdir(parents=True)
    except OSError as error:
        raise LocalError("output.unwritable", path=chain, detail=os_reason(error)) from error
    return chain


def _refuse_running(ready_file: Path) -> None:
    if not ready_file.exists():
        return
    try:
        with Control(find_endpoint(load_profile("public"), SANDBOX, ready_file).management_url or "") as control:
            control.etat()
    except (ConnectionFailed, LocalError):
        return  # it was killed: what it left may go
    raise LocalError("sandbox.occupied", path=ready_file.parent)


def next_steps(folder: Path) -> list[str]:
    """Return what to try after the demonstration."""
    chain = folder / CHAIN
    return [
        text("demo.open", path=folder / "index.html"),
        f"fpsctl simulate dossier {folder / 'rapo-silence.yaml'} --constat 2028-02-29",
        "fpsctl simulate dossier titre-emis --at 2026-06-18",
        "fpsctl simulate scenarios",
        "fpsctl collectivite add --siret 13000000300017 --nom Exemple --tarif 'centre=35,00 €' --from 2018-01-01",
        "fpsctl number parse '13000000300009 26 1 061 990 001'",
        f"fpsctl sandbox serve --state {chain / STATE} &",
        f"fpsctl readiness --siret 13000000300009 -C {chain} --sandbox {chain / STATE / 'ready.json'}",
        f"fpsctl avis show '{_first_number(chain)}' -C {chain} --sandbox {chain / STATE / 'ready.json'}",
        f"fpsctl conformance run --adapter 'exec:python3 {folder / 'reference-editor' / 'adapter.py'}'",
    ]


def _first_number(chain: Path) -> str:
    printed = sorted((chain / "impressions").glob("*.json"))
    return printed[0].stem if printed else "NUMERO"

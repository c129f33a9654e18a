"""`fpsctl demo`: the whole chain, twice in the same folder; what it leaves, and its pages in a real browser."""

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from fpsctl.cli.app import main
from fpsctl.demo.lives import SCENARIOS
from fpsctl.sandbox.process import launch


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "fpsctl-demo"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """One demonstration, run twice in the same folder: what it left each time, and what it said."""
    home = tmp_path_factory.mktemp("demo")
    runs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "fpsctl", "demo", "-o", "json"],
            cwd=home, env={**os.environ, "FPSCTL_LANG": "en"}, capture_output=True, text=True, check=True, timeout=180,
        )  # fmt: skip
        left = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
        runs.append((left, json.loads(done.stdout)["result"], done.stderr))
    return home / "fpsctl-demo", runs


SIRET = "13000000300009"


def test_it_runs_twice_in_the_same_folder_and_leaves_the_same(shown):
    _, ((first, result, said), (second, again, _)) = shown
    assert set(first) == set(second)
    # What is signed, or holds the machine's time, is new each time; all else is the same to the byte.
    changing = re.compile(r"certificates/|fpsctl-sandbox/|conformance\.(json|xml)$")
    assert {name for name in first if first[name] != second[name] and not changing.search(name)} == set()
    assert result["next"] == again["next"]
    assert [line[:5] for line in said.splitlines()[1:]] == [f"[{n}/8]" for n in range(1, 9)]


def test_the_chain_went_through_and_left_its_evidence(shown):
    folder, (_, (left, result, _)) = shown
    parts = {part["step"]: part for part in result["parts"] if "step" in part}
    assert list(parts) == ["raccordement", "certificate", "connection", "exchanges"]
    returns = json.loads(left["fpsctl-demo/chain/retours.json"])
    assert [item["type"] for item in returns] == ["date_envoi", "date_envoi", "paiement", "titre_emis"]
    printed = parts["exchanges"]["impressions"]
    assert [item["document"] for item in printed] == ["avis_initial", "avis_initial", "avis_rectificatif"]
    for item in printed:
        content = json.loads(left[f"fpsctl-demo/chain/impressions/{item['numero']}.json"])
        assert content["etablissement"]["montant"] == item["montant"]
    assert "SPÉCIMEN" in left["fpsctl-demo/chain/convention-signee.txt"].decode()
    assert (folder / "chain" / "certificates" / SIRET / "key.pem").stat().st_mode & 0o777 == 0o600
    assert result["parts"][-1]["conformance"]["passed"] == result["parts"][-1]["conformance"]["cases"] >= 12


def test_no_private_key_stands_anywhere_but_in_its_own_file(shown):
    _, (_, (left, _, _)) = shown
    holding = {name for name, content in left.items() if b"PRIVATE KEY" in content and not name.endswith(".py")}
    assert {name.rpartition("/")[2] for name in holding} == {"key.pem", "psce-key.pem", "server-key.pem"}


def test_every_next_step_that_it_prints_works(shown, monkeypatch, capsys):
    folder, (_, (_, result, _)) = shown
    monkeypatch.chdir(folder.parent)
    commands = [shlex.split(step) for step in result["next"] if step.startswith("fpsctl ")]
    assert len(commands) >= 9
    with ExitStack() as running:
        for words in commands:
            if words[-1] == "&":
                state = Path(words[words.index("--state") + 1])
                running.enter_context(launch(state))
            else:
                assert main(words[1:]) == 0, (words, capsys.readouterr())


def test_a_folder_of_the_user_is_left_alone(folder, capsys):
    (folder / "chain").mkdir(parents=True)
    (folder / "chain" / "thesis.txt").write_text("years of work")
    assert main(["demo"]) == 3
    assert "demo.folder" in capsys.readouterr().err
    assert (folder / "chain" / "thesis.txt").read_text() == "years of work"


def test_a_sandbox_in_use_is_not_pulled_away(shown, monkeypatch, capsys):
    folder, _ = shown
    monkeypatch.chdir(folder.parent)
    with launch(folder / "chain" / "fpsctl-sandbox"):
        assert main(["demo"]) == 3
    assert "sandbox.occupied" in capsys.readouterr().err
    assert (folder / "chain" / "retours.json").exists()


def test_what_it_leaves_is_what_simulate_answers(shown, capsys):
    folder, _ = shown
    for name in SCENARIOS:
        assert main(["simulate", "dossier", str(folder / f"{name}.yaml"), "--wire", "-o", "json"]) == 0
        assert capsys.readouterr().out == (folder / f"{name}.json").read_text(encoding="utf-8")


CHROMIUM = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--virtual-time-budget=2000",
)  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_page_is_drawn_by_a_real_browser(shown, tool, name, tmp_path):
    folder, _ = shown
    probe = """<script>addEventListener("load", () => {
      const box = document.querySelector("svg").getBoundingClientRect();
      document.title = [document.documentElement.scrollWidth <= innerWidth, box.width > 300, box.height > 60,
        document.querySelectorAll("svg rect").length, performance.getEntriesByType("resource").length].join(",");
    })</script></body>"""
    page = tmp_path / f"{name}.html"
    page.write_text((folder / page.name).read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    command = [tool("chromium"), *CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,900"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    fits, wide, high, bars, fetched = re.search(r"<title>(.*?)</title>", done.stdout)[1].split(",")
    assert (fits, wide, high, fetched) == ("true", "true", "true", "0")
    assert int(bars) >= 5
    result = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["result"]
    for entry in result["timeline"]:
        assert entry["jour"] in done.stdout

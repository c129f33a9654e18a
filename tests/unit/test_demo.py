"""`fpsctl demo`: twice in the same folder, and its pages in a real browser."""

import json
import re
import subprocess

import pytest

from fpsctl.cli.app import main
from fpsctl.demo import SCENARIOS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "fpsctl-demo"


def test_twice_in_the_same_folder_gives_the_same_files(folder, capsys):
    assert main(["demo"]) == 0
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    out, err = capsys.readouterr()
    assert main(["demo"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert set(first) == {"index.html"} | {f"{name}.{end}" for name in SCENARIOS for end in ("html", "json", "yaml")}
    assert "What to try next" in out
    assert [line[:5] for line in err.splitlines()[1:]] == ["[1/3]", "[2/3]", "[3/3]"]


def test_what_it_leaves_is_what_simulate_answers(folder, capsys):
    main(["demo"])
    capsys.readouterr()
    for name in SCENARIOS:
        assert main(["simulate", "dossier", str(folder / f"{name}.yaml"), "--wire", "-o", "json"]) == 0
        assert capsys.readouterr().out == (folder / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_every_next_step_that_it_prints_works(capsys):
    main(["demo", "-o", "json"])
    steps = json.loads(capsys.readouterr().out)["result"]["next"]
    commands = [re.findall(r"'[^']*'|\S+", step)[1:] for step in steps if step.startswith("fpsctl ")]
    assert len(commands) >= 5
    for words in commands:
        assert main([word.strip("'") for word in words]) == 0, words


CHROMIUM = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--virtual-time-budget=2000",
)  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_page_is_drawn_by_a_real_browser(folder, tool, name, tmp_path):
    main(["demo"])
    probe = """<script>addEventListener("load", () => {
      const box = document.querySelector("svg").getBoundingClientRect();
      document.title = [document.documentElement.scrollWidth <= innerWidth, box.width > 300, box.height > 60,
        document.querySelectorAll("svg rect").length, performance.getEntriesByType("resource").length].join(",");
    })</script></body>"""
    page = folder / f"{name}.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
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

"""The README is true: its generated tables are current, its examples run, its commands exist."""

import re
import shlex
from pathlib import Path

import pytest

from fpsctl.cli.app import main
from fpsctl.cli.exits import Exit
from fpsctl.dossier import EVENTS
from fpsctl.dossier.views import DEADLINES
from fpsctl.simulation.catalogue import read
from fpsctl.simulation.scenario import STATES

README = Path(__file__).parents[2] / "README.md"
CHANGELOG = README.with_name("CHANGELOG.md")

MEANING = {
    Exit.OK: "ok, warnings included (`--strict` makes them 1)",
    Exit.FINDINGS: "findings that fail, such as an expectation not met",
    Exit.USAGE: "the command line cannot be understood",
    Exit.LOCAL: "a local file, setting or step is wrong; nothing was sent",
    Exit.CONNECTION: "connection",
    Exit.REFUSED: "refused by the SI FPS",
    Exit.PENDING: "pending, or could not be determined",
    Exit.BUG: "our bug",
    Exit.INTERRUPTED: "interrupted",
}


def events_table():
    lines = ["| event (`do`) | by | fields (needed ones in bold) |", "|---|---|---|"]
    for kind, spec in EVENTS.items():
        if kind == "constatation":
            continue
        fields = []
        for field in spec.fields:
            name = f"**{field.name}**" if field.required else field.name
            fields.append(f"{name} ({', '.join(field.choices)})" if field.choices else name)
        cycle = f", cycle {spec.cycle}" if spec.cycle else ""
        lines.append(f"| `{kind}` | {spec.actor}{cycle} | {', '.join(fields) or '-'} |")
    return "\n".join(lines)


def exits_table():
    assert set(MEANING) == set(Exit)
    return "\n".join(
        ["| exit code | meaning |", "|---|---|", *(f"| {code.value} | {MEANING[code]} |" for code in Exit)]
    )


def deadlines_list():
    return ", ".join(f"`{slug}`" for slug in DEADLINES) + "."


def states_table():
    rows = (f"| `{track}` | {', '.join(states)} |" for track, states in STATES.items())
    return "\n".join(["| track | states |", "|---|---|", *rows])


GENERATED = {"events": events_table, "exits": exits_table, "deadlines": deadlines_list, "states": states_table}


@pytest.mark.parametrize("name", GENERATED)
def test_the_generated_tables_are_current(name, request):
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- generated: {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    assert len(pattern.findall(text)) == 1
    wanted = GENERATED[name]() + "\n"
    if request.config.getoption("--update-golden"):
        text = pattern.sub(lambda match: match[1] + wanted + match[3], text)
        README.write_text(text, encoding="utf-8")
    assert pattern.search(text)[2] == wanted, "run pytest --update-golden"


def console_blocks():
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected.splitlines()


@pytest.mark.parametrize(("command", "expected"), list(console_blocks()))
def test_a_console_block_prints_what_it_says(command, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    assert words[0] == "fpsctl"
    main(words[1:])
    out, err = capsys.readouterr()
    lines = [line.rstrip() for line in (out + err).splitlines()]
    if expected and expected[-1] == "[...]":
        assert lines[: len(expected) - 1] == expected[:-1]
    else:
        assert lines == expected


def test_the_shell_examples_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```sh\n(fpsctl .*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    assert len(commands) >= 3
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command
    assert "80,00" in capsys.readouterr().out.replace(".", ",")


def test_the_scenario_of_the_readme_runs_and_holds(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```yaml\n(schema: fpsctl/scenario/1\n.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block == (README.parent / "examples" / "my-first.yaml").read_text(encoding="utf-8")
    (tmp_path / "my-first.yaml").write_text(block, encoding="utf-8")
    assert read(tmp_path / "my-first.yaml").id == "my-first"
    assert main(["simulate", "dossier", "my-first.yaml"]) == 0
    assert "expectations met: 2 of 2" in capsys.readouterr().out


def test_every_command_that_is_named_exists(capsys):
    text = README.read_text(encoding="utf-8") + CHANGELOG.read_text(encoding="utf-8")
    named = set(re.findall(r"`fpsctl ([a-z]+) ([a-z|]+)", text))
    asked = {(group, word) for group, words in named for word in words.split("|")}
    assert len(asked) >= 6
    for group, word in asked:
        assert main([group, word, "--help"]) == 0, (group, word)
    capsys.readouterr()

"""The README is true: its generated tables are current, its examples run, its commands exist."""

import ast
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from fpsctl.antai import MESSAGES, Profile, codec_for, load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.operations import OPERATIONS, method_of, template_of
from fpsctl.antai.provenance import CONFIDENCES, counts
from fpsctl.cli.app import main
from fpsctl.cli.exits import Exit
from fpsctl.cli.profile_grounds import rules
from fpsctl.dossier import EVENTS
from fpsctl.dossier.views import DEADLINES
from fpsctl.errors import Refused
from fpsctl.lint import RULES as LINT_RULES
from fpsctl.raccordement.steps import fields, slugs, step
from fpsctl.sandbox.management import ROUTES
from fpsctl.sandbox.problems import problem, status_of
from fpsctl.simulation.catalogue import read
from fpsctl.simulation.scenario import STATES
from fpsctl.texts import catalogue

README = Path(__file__).parents[2] / "README.md"
CHANGELOG = README.with_name("CHANGELOG.md")
SOURCE = README.parent / "src" / "fpsctl"

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


def operations_table():
    profile = load_profile("public")
    rows = ["| operation | call | body | answer |", "|---|---|---|---|"]
    for operation in OPERATIONS.values():
        query = f"?{profile.retours.after}=N" if operation.answer is None else ""
        call = f"`{method_of(profile, operation.name)} {template_of(profile, operation.name)}{query}`"
        body = profile.messages[operation.request].wire if operation.request else "-"
        answer = profile.messages[operation.answer].wire if operation.answer else "a page of returns"
        status = "201" if operation.request else "200"
        rows.append(f"| `{operation.name}` | {call} | {body} | {status}, {answer} |")
    return "\n".join(rows)


def field_rows(kind, profile):
    model, entry = MESSAGES[kind], profile.messages[kind]
    for path, leaf in leaves_of(model).items():
        if path not in entry.fields:
            continue
        field = entry.fields[path]
        codes = ", ".join(str(code.wire) for code in field.codes.values()) if field.codes else ""
        needed = "yes" if leaf.own and not leaf.part else f"with {leaf.part}" if leaf.own else ""
        form = f"{leaf.shape.name.lower()}: {codes}" if codes else leaf.shape.name.lower()
        yield f"| `{field.path}` | {form} | {needed} | {told(model, path)} |"


def told(model, path):
    """Return the description of a field by its canonical path."""
    *parents, last = path.replace("[]", "").split(".")
    for parent in parents:
        model = next(
            kind
            for kind in (model.model_fields[parent].annotation, *get_args(model.model_fields[parent].annotation))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        )
    return model.model_fields[last].description


def fields_table():
    profile = load_profile("public")
    sent = {operation.request: operation.name for operation in OPERATIONS.values() if operation.request}
    parts = []
    for kind in sorted(MESSAGES, key=lambda kind: kind not in sent):
        how = f"sent by `{sent[kind]}`" if kind in sent else "received"
        parts += [f"**{profile.messages[kind].wire}**, {how}", ""]
        parts += ["| on the wire | form | needed | what |", "|---|---|---|---|", *field_rows(kind, profile), ""]
    return "\n".join(parts).rstrip()


SERVER_SIDE = (
    "sandbox/app.py", "sandbox/front.py", "sandbox/world.py", "sandbox/reception.py", "sandbox/operator.py",
    "sandbox/convention.py", "sandbox/management.py", "sandbox/protocol.py", "sandbox/tls.py", "sandbox/store.py",
    "raccordement/*.py", "pki/csr.py",
)  # fmt: skip


def refusals():
    """Every code that the embedded SI FPS refuses with, read off its source."""
    texts, found = catalogue("en"), set()
    for path in (path for pattern in SERVER_SIDE for path in SOURCE.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and f"error.{node.value}" in texts:
                found.add(node.value)
    return sorted(found)


def refusals_table():
    rows = ["| code | HTTP | what |", "|---|---|---|"]
    rows += [f"| `{code}` | {status_of(Refused(code))} | {catalogue('en')[f'error.{code}']} |" for code in refusals()]
    return "\n".join(
        [*rows, "| `evenement.*`, `paiement.*`, `rapo.*`... | 409 | the state of the case does not allow it |"]
    )


MANAGEMENT_SAYS = {
    "etat": "what runs here, and the delays that are ours for want of public ones",
    "raccordement": "where a town stands",
    "play": 'take a step: `{"etape": "espace.cree", "faits": {}}`, as the town or as ANTAI',
    "convention": "the countersigned convention",
    "horloge": "a town's clock, and what is due next",
    "set_clock": "move it",
    "dossiers": "the cases of a town",
    "dossier": "a case: tracks, amounts, events",
    "happen": "let something happen in a case",
    "echanges": "the traffic log, which the self-certification judges (`?siret=S&apres=N`)",
    "sign": 'a TEST certificate for `{"csr": PEM, "siret": S}`',
}


def management_table():
    rows = ["| call | what |", "|---|---|"]
    rows += [f"| `{method} {path}` | {MANAGEMENT_SAYS[doer.__name__]} |" for method, path, doer in ROUTES]
    return "\n".join(rows)


def steps_table():
    rows = ["| n° | step (`etape`) | by | `faits` (optional in brackets) | needs |", "|---|---|---|---|---|"]
    for slug in slugs():
        etape = step(slug)
        if etape.untold or slug in ("certificat.depose", "connexion.controlee", "demarre"):
            continue  # nobody plays them: they are done over the interface
        faits = ", ".join(f"[{name}]" if champ.optional else name for name, champ in fields(slug).items())
        needs = ", ".join(f"`{need}`" for need in etape.needs) or "-"
        rows.append(f"| {etape.n or '-'} | `{slug}` | {etape.actor.value} | {faits or '-'} | {needs} |")
    return "\n".join(rows)


def provenance_table():
    grounds = counts(load_profile("public")).with_(rules())
    used = [name for name in CONFIDENCES if name != "measured" or grounds.total()[name]]
    told = {
        "data items: why they exist": grounds.total("items"),
        "on the wire: names, places, codes": grounds.total("places"),
        "the rest of the profile": grounds.total("sections"),
        **{catalogue("en")[f"provenance.rules.{part}"]: found for part, found in grounds.of("rules").items()},
    }
    rows = [f"| {what} | {' | '.join(str(found[name]) for name in used)} |" for what, found in told.items()]
    return "\n".join([f"| | {' | '.join(used)} |", "|---" * (len(used) + 1) + "|", *rows])


def lint_table():
    rows = [
        f"| `{rule.id}` | {rule.severity} | {rule.confidence} | {catalogue('en')[f'check.{rule.id}']} |"
        for rule in LINT_RULES
    ]
    return "\n".join(["| rule | severity | on whose word | what holds |", "|---|---|---|---|", *rows])


GENERATED = {
    "lint": lint_table,
    "provenance": provenance_table,
    "steps": steps_table,
    "events": events_table,
    "exits": exits_table,
    "deadlines": deadlines_list,
    "states": states_table,
    "operations": operations_table,
    "fields": fields_table,
    "refusals": refusals_table,
    "management": management_table,
}


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
        if "$ fpsctl sandbox serve" in block or "$ curl" in block:
            continue  # a session on the embedded SI FPS: test_readme_sessions.py
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected.splitlines()


@pytest.mark.parametrize(("command", "expected"), list(console_blocks()))
def test_a_console_block_prints_what_it_says(command, expected, tmp_path, monkeypatch, capsys):
    shutil.copytree(README.parent / "examples", tmp_path / "examples")
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
    shutil.copytree(README.parent / "examples", tmp_path, dirs_exist_ok=True)
    shutil.copytree(README.parent / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```sh\n(fpsctl .*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    assert len(commands) >= 3
    for command in commands:
        assert main(shlex.split(command.partition(" #")[0])[1:]) == 0, command
    assert "80,00" in capsys.readouterr().out.replace(".", ",")


def test_the_scenario_of_the_readme_runs_and_holds(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```yaml\n(schema: fpsctl/scenario/1\n.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block == (README.parent / "examples" / "my-first.yaml").read_text(encoding="utf-8")
    (tmp_path / "my-first.yaml").write_text(block, encoding="utf-8")
    assert read(tmp_path / "my-first.yaml").id == "my-first"
    assert main(["simulate", "dossier", "my-first.yaml"]) == 0
    assert "expectations met: 2 of 2" in capsys.readouterr().out


def test_the_profile_of_the_readme_is_one(tmp_path):
    (block,) = re.findall(r"```yaml\n(profile: .*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.yaml").write_text(block, encoding="utf-8")
    profile = load_profile(str(tmp_path / "mine.yaml"))
    example = load_profile(str(README.parent / "examples" / "my-profile.yaml"))
    assert profile.formats.amounts == example.formats.amounts
    assert profile.messages["avis_initial"].fields["numero"] == example.messages["avis_initial"].fields["numero"]


def test_the_table_of_a_profile_names_every_section():
    (table,) = re.findall(r"\| section \| says \|\n\|---\|---\|\n(.*?)\n\n", README.read_text("utf-8"), re.DOTALL)
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(Profile.model_fields) - {"profile", "version", "title", "older"}


def test_the_notice_of_the_readme_is_the_example_and_is_read():
    (block,) = re.findall(r"```json\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block == (README.parent / "examples" / "avis.json").read_text(encoding="utf-8")
    decoded = codec_for(load_profile("public")).decode("avis_initial", block.encode())
    assert (decoded.message is not None, decoded.findings) == (True, ())


def test_the_problem_of_the_readme_is_the_one_that_is_sent():
    (block,) = re.findall(r'```\n(\{"type": "about:blank".*?)```', README.read_text("utf-8"), re.DOTALL)
    notice = json.loads((README.parent / "examples" / "avis.json").read_text(encoding="utf-8"))
    del notice["montants"]["du"]
    findings = codec_for(load_profile("public")).decode("avis_initial", json.dumps(notice).encode()).findings
    refused = Refused("message.invalide", kind="avis_initial", count=len(findings), premier=findings[0].detail)
    assert json.loads(block) == json.loads(problem(refused, "en", findings).body)


def test_every_command_that_is_named_exists(capsys):
    text = README.read_text(encoding="utf-8") + CHANGELOG.read_text(encoding="utf-8")
    named = set(re.findall(r"`fpsctl ([a-z]+) ([a-z|]+)", text))
    asked = {(group, word) for group, words in named for word in words.split("|")}
    assert len(asked) >= 6
    for group, word in asked:
        assert main([group, word, "--help"]) == 0, (group, word)
    capsys.readouterr()

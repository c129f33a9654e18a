"""The house holds: import contracts, thin commands, light start-up, modules that one reads in a sitting."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "fpsctl"
LONGEST_COMMAND = 15
LONGEST_MODULE = 400
LONGEST_FUNCTION = 25


def lint_imports(folder):
    """Run the contracts of pyproject.toml on a copy of the package in `folder`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(
        [*command, "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "fpsctl", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_contracts_hold(copied):
    code, said = lint_imports(copied)
    assert code == 0, said
    assert "4 kept, 0 broken" in said


BREACHES = {
    "Imports point down only": {"dossier/breach.py": "import fpsctl.cli.app\n"},
    "The embedded SI FPS does not know its clients": {
        "antai/client.py": '"""A client."""\n',
        "sandbox/__init__.py": "import fpsctl.antai.client\n",
    },
    "httpx only in antai and connection": {"simulation/breach.py": "import httpx\n"},
    "Terminal libraries only in cli and render": {"collectivite/breach.py": "from rich.text import Text\n"},
}


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_broken_on_purpose_is_caught(copied, contract):
    for name, content in BREACHES[contract].items():
        path = copied / "fpsctl" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    code, said = lint_imports(copied)
    assert code == 1, said
    assert f"{contract} BROKEN" in said
    assert "3 kept, 1 broken" in said


def test_a_package_without_a_layer_is_caught(copied):
    (copied / "fpsctl" / "somewhere").mkdir()
    (copied / "fpsctl" / "somewhere" / "__init__.py").write_text("", encoding="utf-8")
    code, said = lint_imports(copied)
    assert (code, "somewhere" in said) == (1, True)


def test_transport_may_use_httpx_where_it_belongs(copied):
    (copied / "fpsctl" / "antai" / "client.py").write_text("import httpx\n", encoding="utf-8")
    assert lint_imports(copied)[0] == 0


def commands():
    """Every function of `cli/` that is registered as a command: `group.command(...)(function)`."""
    for path in sorted((SOURCE / "cli").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        registered = {
            node.args[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Call)
            and isinstance(node.func.func, ast.Attribute)
            and node.func.func.attr == "command"
            and isinstance(node.args[0], ast.Name)
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in registered:
                yield path.name, node


def test_commands_are_thin():
    found = list(commands())
    assert len(found) >= 7
    for where, node in found:
        assert ast.get_docstring(node), (where, node.name)
        body = [line for statement in node.body[1:] for line in range(statement.lineno, statement.end_lineno + 1)]
        assert len(body) <= LONGEST_COMMAND, (
            f"{where}: {node.name} has {len(body)} lines; the work belongs in a service"
        )


def test_no_function_of_the_command_line_is_long():
    for path in sorted((SOURCE / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                nested = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
                own = node.end_lineno - node.body[0].lineno - sum(inner.end_lineno - inner.lineno for inner in nested)
                assert own <= LONGEST_FUNCTION, f"{path.name}: {node.name} has {own} lines"


def test_modules_are_read_in_a_sitting():
    long = {str(path): len(path.read_text("utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    assert {path: count for path, count in long.items() if count > LONGEST_MODULE} == {}


LIGHT = """
import json, sys
from fpsctl.cli.app import main
code = main(sys.argv[1:])
heavy = {"httpx", "cryptography", "jinja2", "yaml", "ruamel", "typer", "pydantic", "rich", "fpsctl.antai.messages"}
print(json.dumps({"code": code, "loaded": sorted(heavy & set(sys.modules))}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        (["--version"], set()),
        (["number", "parse", "13000000300009 24 1 061 007 042"], {"typer", "pydantic", "rich"}),
        (["number", "make", "--siret", "13000000300009"], {"typer", "pydantic", "rich"}),
        (["number", "parse", "12"], {"typer", "pydantic", "rich"}),
        (["--help"], {"typer", "pydantic", "rich"}),
        (["simulate", "dossier", "titre-emis", "-o", "json"],
         {"typer", "pydantic", "rich", "yaml", "fpsctl.antai.messages"}),
    ],
)  # fmt: skip
def test_light_commands_import_nothing_heavy(args, allowed):
    done = subprocess.run([sys.executable, "-c", LIGHT, *args], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stderr.splitlines()[-1])["loaded"]
    assert set(loaded) <= allowed


def test_no_state_host_stands_in_the_code():
    for path in SOURCE.rglob("*.py"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert "antai.gouv.fr" not in line, f"{path}:{number}"
            assert "amendes.gouv.fr" not in line, f"{path}:{number}"
            assert "stationnement.gouv.fr" not in line, f"{path}:{number}"

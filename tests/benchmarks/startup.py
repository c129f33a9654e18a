"""Start-up of whole processes, as ratios to a bare Typer hello application; minimum and median of interleaved rounds.

python tests/benchmarks/startup.py [rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HELLO = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you") -> None:
    print("hello", name)
app()
"""
FPSCTL = [sys.executable, "-m", "fpsctl"]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO, encoding="utf-8")
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "typer hello (peer)": [sys.executable, str(hello)],
            "fpsctl --version": [*FPSCTL, "--version"],
            "fpsctl --help": [*FPSCTL, "--help"],
            "fpsctl number parse": [*FPSCTL, "number", "parse", "13000000300009 24 1 061 007 042"],
            "fpsctl simulate dossier": [*FPSCTL, "simulate", "dossier", "titre-emis"],
            "fpsctl conformance list": [*FPSCTL, "conformance", "list"],
        }
        times = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=folder)
                times[name].append(time.perf_counter() - start)
    peer = min(times["typer hello (peer)"])
    print(f"{'':26}{'min ms':>9}{'median ms':>11}{'x peer':>9}")
    for name, found in times.items():
        print(f"{name:26}{min(found) * 1e3:9.0f}{statistics.median(found) * 1e3:11.0f}{min(found) / peer:9.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

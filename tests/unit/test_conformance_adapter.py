"""A vendor's program that misbehaves: one clear line each, nothing left running, no private key repeated."""

import base64
import hashlib
import json
import os
import sys
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fpsctl.conformance.adapter import Adapter
from fpsctl.conformance.process import MOST_OUTPUT, run
from fpsctl.conformance.protocol import CAPABILITIES, read_description
from fpsctl.conformance.secrecy import Veil
from fpsctl.errors import LocalError, UsageError
from fpsctl.pki.keys import read_private, write_private
from fpsctl.render.errors import message_of


def program(folder, body):
    path = folder / "program.py"
    path.write_text(f"import json, os, signal, subprocess, sys, time\nrequest = json.load(sys.stdin)\n{body}\n")
    return f"exec:{sys.executable} {path}"


def said(folder, body, *, timeout=30.0, veil=None, request=None):
    """Return the code and the sentence of what a program did wrong."""
    with pytest.raises(LocalError) as caught:
        Adapter(program(folder, body), timeout).step(request or {"step": "x"}, veil or Veil())
    message = message_of(caught.value)
    assert "\n" not in message
    return caught.value.code, message


def test_a_request_goes_in_and_an_answer_comes_out(tmp_path):
    adapter = Adapter(
        program(tmp_path, 'print(json.dumps({"ok": True, "seen": request})); sys.stderr.write("aside")'), 10
    )
    assert adapter.step({"step": "é"}, Veil()) == {"ok": True, "seen": {"step": "é"}}


def test_the_command_is_cut_into_words_and_no_shell_reads_it(tmp_path):
    command = program(tmp_path, 'print(json.dumps({"ok": True, "words": sys.argv[1:]}))')
    assert Adapter(f"{command} 'a b' $HOME ';' '*'", 10).call({}, Veil())["words"] == ["a b", "$HOME", ";", "*"]


@pytest.mark.parametrize("address", ["", "exec:", "exec:  ", "http://localhost", "exec:'unclosed"])
def test_an_address_that_is_no_command(address):
    with pytest.raises(UsageError) as caught:
        Adapter(address, 1)
    assert caught.value.code == "usage.adapter"


def test_a_command_that_is_not_there(tmp_path):
    for command in ("no-such-program", str(tmp_path)):
        with pytest.raises(LocalError) as caught:
            Adapter(f"exec:{command}", 1).call({}, Veil())
        assert caught.value.code == "adapter.command"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "nothing"),
        ("print('hello')", "it is not JSON"),
        ("print('{\"ok\": tru')", "it is not JSON"),
        ("print('{}{}')", "more than one document"),
        ("print('{}'); print('{}')", "more than one document"),
        ("print('{} x')", "more than one document"),
        ("print('[1]')", "it is not a JSON object"),
        ("print('{}')", "'ok' is neither true nor false"),
        ("print('{\"ok\": 1}')", "'ok' is neither true nor false"),
        ("sys.stdout.buffer.write(b'\\xff\\xfe{}')", "it is not JSON"),
        ("print('[' * 100000)", "it is not JSON"),
        ("print('{\"ok\": true, \"x\": ' + '[' * 80 + ']' * 80 + '}')", "nested deeper than 50"),
        ("while True: sys.stdout.write('x' * 100000)", f"more than {MOST_OUTPUT} bytes"),
    ],
)
def test_garbage_is_named_and_never_shown(tmp_path, body, reason):
    code, message = said(tmp_path, body)
    assert code == "adapter.garbage"
    assert message.endswith(f": {reason}")


def test_a_crash_gives_status_and_last_lines(tmp_path):
    code, message = said(
        tmp_path,
        'sys.stderr.write("zero\\nfirst\\n\\nsecond\\n" + "no \\x1b[31mdatabase\\x07" + "long " * 100)\nsys.exit(3)',
    )
    assert code == "adapter.crash"
    end = "first | second | no [31mdatabase long"
    assert message.startswith(f"the program ended (exit 3); end of its error output: {end}")
    assert message.endswith("...")
    assert len(message) < 700


def test_a_crash_without_a_word_is_told_without_one(tmp_path):
    assert said(tmp_path, "sys.exit(3)")[1] == "the program ended (exit 3)"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("time.sleep(60)", "the program did not end within 1 s; its process group was stopped"),
        ("pass", "the program's answer is no document of the protocol: nothing"),
        ("print('{}')", "the program's answer is no document of the protocol: 'ok' is neither true nor false"),
    ],
)
def test_the_error_output_is_told_whatever_went_wrong(tmp_path, body, sentence):
    _, message = said(tmp_path, f'sys.stderr.write("no database"); sys.stderr.flush(); {body}', timeout=1.0)
    assert message == f"{sentence}; end of its error output: no database"


def test_how_the_last_call_ended_is_known(tmp_path):
    adapter = Adapter(
        program(tmp_path, "sys.stderr.write('a\\nb'); print('{\"ok\": true}'); sys.exit(request['status'])"), 30
    )
    adapter.step({"status": 0}, Veil())
    assert adapter.last == ("exit 0", "a\nb")
    with pytest.raises(LocalError):
        adapter.step({"status": 4}, Veil())
    assert adapter.last == ("exit 4", "a\nb")


def test_a_crash_with_a_good_answer_is_a_crash(tmp_path):
    assert said(tmp_path, "print('{\"ok\": true}'); sys.exit(1)")[0] == "adapter.crash"
    assert "SIGKILL" in said(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")[1]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a line of the kernel's
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def left_alive(pids):
    """Return the programs still running a moment later."""
    until = time.monotonic() + 5
    while (found := [pid for pid in pids.read_text().split() if alive(pid)]) and time.monotonic() < until:
        os.sched_yield()
    return found


@pytest.mark.parametrize(
    "ending",
    [
        "time.sleep(60)",
        "sys.stdout.close(); sys.stderr.close(); os.closerange(0, 3); time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "while True: sys.stderr.write('x' * 10000)",
    ],
)
def test_a_program_that_hangs_is_stopped_with_its_children(tmp_path, ending):
    pids = tmp_path / "pids"
    body = f"""
child = subprocess.Popen(["sleep", "60"])
open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
{ending}
"""
    start = time.monotonic()
    code, message = said(tmp_path, body, timeout=2.0)
    assert (code, time.monotonic() - start < 20) == ("adapter.timeout", True)
    assert "2 s" in message
    assert left_alive(pids) == []


def test_a_program_that_leaves_a_child_behind_is_answered_at_once_and_the_child_ends(tmp_path):
    pids = tmp_path / "pids"
    body = f"""
child = subprocess.Popen(["sleep", "60"])
open({str(pids)!r}, "w").write(str(child.pid))
print(json.dumps({{"ok": True}}))
"""
    start = time.monotonic()
    assert Adapter(program(tmp_path, body), 30).step({}, Veil())["ok"] is True
    assert time.monotonic() - start < 25
    assert left_alive(pids) == []


def test_a_program_that_does_not_read_is_no_trouble(tmp_path):
    path = tmp_path / "deaf.py"
    path.write_text("print('{\"ok\": true}')")
    assert run([sys.executable, str(path)], b"x" * 60_000, 10).stdout == b'{"ok": true}\n'


def fixed_key(name):
    """Return the key of a name: as jumbled as a random one, the same at every run."""
    return ec.derive_private_key(int(hashlib.sha256(name.encode()).hexdigest(), 16), ec.SECP256R1())


@pytest.fixture
def lent(tmp_path):
    key = fixed_key("lent")
    path = tmp_path / "key.pem"
    write_private(path, key)
    return path, key.private_numbers().private_value.to_bytes(32, "big")


LEAKS = {
    "the file": "path.read_text()",
    "its last line of base64": "path.read_text().split('\\n')[-3]",
    "half of a line": "path.read_text().split('\\n')[1][40:]",
    "one line": "''.join(path.read_text().split('\\n')[1:-2])",
    "the number": "secret.hex()",
    "the number in capitals": "secret.hex().upper()",
    "the number in pairs": "secret.hex(':')",
    "half of the number": "secret.hex()[20:40]",
    "the number as in a JWK": "base64.urlsafe_b64encode(secret).decode().rstrip('=')",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_key_is_never_repeated(tmp_path, lent, leak):
    path, secret = lent
    shown = eval(LEAKS[leak], {"path": path, "secret": secret, "base64": base64})  # noqa: S307 - ours
    (tmp_path / "leak").write_text(f"error with {shown}")
    _, message = said(tmp_path, f"sys.exit(open({str(tmp_path / 'leak')!r}).read())", veil=Veil(secret))
    assert message.endswith(": [...]")


@pytest.mark.parametrize("number", range(1, 60))
def test_another_key_is_not_repeated_either(number):
    other = fixed_key(f"other {number}").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()  # fmt: skip
    for shown in other.splitlines():
        assert Veil().line(f"at {shown}") == "[...]"


def test_a_line_of_a_key_that_looks_like_a_path_is_not_repeated():
    line = "/fLs4gHW89FSwu3t5kjJeviDN5Lc56bHjHyKLY7Y7J/n1hWceFaMPRXX"
    assert Veil().line(f"at {line}") == "[...]"


@pytest.mark.parametrize("shown", ["MC4" + "aB3" * 15, "ab:" * 20])
def test_what_may_be_a_key_is_not_repeated(shown):
    assert Veil().line(f"at {shown}") == "[...]"


@pytest.mark.parametrize(
    "line",
    [
        "ModuleNotFoundError: No module named 'zeep'",
        "/home/editeur/Produit4/src/main/java/fr/exemple/stationnement/Interface2.java:12: error",
        "numero 13000000301031261034991001 refuse",
    ],
)
def test_an_honest_line_is_shown(lent, line):
    assert Veil(lent[1]).line(line) == line


def test_what_stands_in_a_key_file_is_what_the_veil_knows(lent):
    path, secret = lent
    assert read_private(path).private_numbers().private_value.to_bytes(32, "big") == secret
    assert Veil(secret).hides(json.dumps({"x": path.read_text().replace("PRIVATE", "")}))
    assert not Veil(secret).hides(json.dumps({"x": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" * 3}))


DESCRIBED = {"editor": "E", "product": "P", "version": "1", "environment": "test", "capabilities": [*CAPABILITIES]}


def test_a_description_is_read():
    assert read_description(DESCRIBED).capabilities == set(CAPABILITIES)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"environment": "production"}, "adapter.environment"),
        ({"environment": None}, "adapter.describe"),
        ({"editor": ""}, "adapter.describe"),
        ({"product": "a\nb"}, "adapter.describe"),
        ({"version": 4}, "adapter.describe"),
        ({"capabilities": "all"}, "adapter.describe"),
        ({"capabilities": [1]}, "adapter.describe"),
        ({"capabilities": ["a b"]}, "adapter.describe"),
        ({"editor": "E" * 101}, "adapter.describe"),
        ({"editor": "\ud800"}, "adapter.describe"),
    ],
)
def test_a_description_that_will_not_do(change, code):
    with pytest.raises(LocalError) as caught:
        read_description({**DESCRIBED, **change})
    assert caught.value.code == code

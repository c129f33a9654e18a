"""The hook of a profile: what it signs is verified on the other side, what it cannot do stops nothing else."""

import os
import py_compile
from pathlib import Path

import pytest

import embedded
from fpsctl.antai import load_profile
from fpsctl.antai.hook import Exchange, hook_of
from fpsctl.antai.profile import check_profile
from fpsctl.errors import LocalError, Refused
from fpsctl.sandbox.process import launch

HEAD = """\
profile: signe
version: "1"
title: {fr: "Signée", en: "Signed"}
extends: public
hook: {file: signature.py, name: Signature, confidence: official, source: trial}
"""
HOOK = '''
import base64
import hashlib
import hmac
from dataclasses import replace
from fpsctl.antai.hook import Hook

def _seal(body):
    return hmac.new(b"trial", body, hashlib.sha256).hexdigest()

class Signature(Hook):
    """Bodies travel in base64, with a seal beside them."""

    def outgoing(self, exchange):
        body = base64.b64encode(exchange.body)
        return replace(exchange, body=body, headers={**exchange.headers, "x-seal": _seal(body)})

    def incoming(self, exchange):
        if exchange.headers.get("x-seal") != _seal(exchange.body):
            raise ValueError("seal")
        return replace(exchange, body=base64.b64decode(exchange.body))
'''


def write(folder, hook=HOOK, head=HEAD):
    (folder / "signature.py").write_text(hook, encoding="utf-8")
    (folder / "signe.yaml").write_text(head, encoding="utf-8")
    return str(folder / "signe.yaml")


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("signed"))
    with launch(tmp_path_factory.mktemp("state") / "state", profile=path) as sandbox:
        yield sandbox, load_profile(path)
        embedded.close_controls()


def test_both_sides_sign_and_verify(signed, tmp_path):
    sandbox, profile = signed
    town = embedded.make_town(sandbox, tmp_path, profile=profile)
    avis = embedded.avis(town.siret)
    with town.client() as sifps:
        assert sifps.check_front(town.siret).siret == town.siret
        assert sifps.send_avis_initial(avis).numero == avis.numero
        with pytest.raises(Refused) as caught:
            sifps.send_avis_initial(avis.model_copy(update={"lieu": "Ailleurs"}))
    assert caught.value.code == "numero.conflit"  # a refusal is signed too


def test_a_request_that_the_hook_refuses_is_refused(signed, tmp_path):
    sandbox, profile = signed
    town = embedded.make_town(sandbox, tmp_path, profile=profile)
    unsigned = profile.model_copy(update={"hook": None})
    endpoint = embedded.find_endpoint(unsigned, "sandbox", sandbox.ready_file)
    with embedded.SiFps(endpoint, unsigned, town.identity) as sifps, pytest.raises(Refused):
        sifps.check_front(town.siret)
    assert sifps.last.status == 403


@pytest.mark.parametrize(
    ("hook", "detail"),
    [
        ("import absent_module", "ModuleNotFoundError"),
        ("raise SystemError('x')", "SystemError: x"),
        ("class Signature: pass", "fpsctl.antai.hook.Hook"),
        ("def Signature(): 1/0", "ZeroDivisionError"),
        ("x = 1", "AttributeError"),
        ("def (", "SyntaxError"),
    ],
)
def test_a_hook_that_does_not_load_says_why(hook, detail, tmp_path):
    profile = load_profile(write(tmp_path, hook))  # the profile itself is read: nothing of the hook runs
    with pytest.raises(LocalError) as caught:
        hook_of(profile)
    assert caught.value.code == "profile.hook" and caught.value.params["detail"].startswith(detail)


def test_the_digest_is_that_of_the_hook_too(tmp_path):
    first = load_profile(write(tmp_path))
    again = tmp_path / "elsewhere"
    again.mkdir()
    assert load_profile(write(again)).digest == first.digest
    assert load_profile(write(tmp_path, HOOK + "\n")).digest != first.digest


def test_a_child_keeps_the_hook_of_its_parent(tmp_path):
    parent = write(tmp_path)
    child = tmp_path / "sub" / "child.yaml"
    child.parent.mkdir()
    child.write_text(HEAD.split("hook:", maxsplit=1)[0].replace("public", "../signe.yaml"), encoding="utf-8")
    assert Path(check_profile(str(child)).hook.file).samefile(check_profile(parent).hook.file)
    assert hook_of(load_profile(str(child))).outgoing(Exchange("x", "editeur", body=b"a")).headers["x-seal"]


BARE = """\
from fpsctl.antai.hook import Exchange, Hook

class Signature(Hook):
    def {side}(self, exchange):
        {body}
"""
SENT = Exchange("check_front", "editeur", {"a": "b"}, b"c")


@pytest.mark.parametrize("side", ["outgoing", "incoming"])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("return None", "NoneType != Exchange"),
        ("return Exchange('a', 'editeur', body='text')", "body: str != bytes"),
        ("return Exchange('a', 'editeur', headers=[])", "headers: list != Mapping"),
        ("return Exchange('a', 'editeur', headers={'n': 1})", "headers: 'n': 1 != str"),
    ],
)
def test_what_a_hook_does_wrong_is_its_own_error(side, body, detail, tmp_path):
    hook = hook_of(load_profile(write(tmp_path, BARE.format(side=side, body=body))))
    with pytest.raises(LocalError) as caught:
        getattr(hook, side)(SENT)
    assert caught.value.code == "profile.hook" and caught.value.params["detail"].startswith(detail)
    assert caught.value.params["name"] == f"Signature.{side}" and "signature.py" in caught.value.params["path"]


def test_only_what_comes_in_may_be_refused(tmp_path):
    for side, kind in (("incoming", ValueError), ("outgoing", LocalError)):
        hook = hook_of(load_profile(write(tmp_path, BARE.format(side=side, body="raise ValueError('no')"))))
        with pytest.raises(kind):
            getattr(hook, side)(SENT)


def test_a_hook_may_hold_a_dataclass_and_leaves_nothing_behind(tmp_path):
    hook = (
        "from __future__ import annotations\nfrom dataclasses import dataclass, replace\n"
        "from fpsctl.antai.hook import Hook\n\n@dataclass\nclass Key:\n    value: bytes = b'k'\n\n"
        "class Signature(Hook):\n"
        "    def outgoing(self, exchange):\n        return replace(exchange, body=Key().value)\n"
    )
    assert hook_of(load_profile(write(tmp_path, hook))).outgoing(SENT).body == b"k"
    assert not list(tmp_path.glob("__pycache__"))


def test_the_bytes_that_were_noted_are_those_that_run(tmp_path):
    source = BARE.format(side="outgoing", body="return Exchange('{}', 'editeur')")
    path = write(tmp_path, source.format("evil"))
    file = tmp_path / "signature.py"
    os.utime(file, (1e9, 1e9))
    py_compile.compile(str(file))
    file.write_text(source.format("good"), encoding="utf-8")
    os.utime(file, (1e9, 1e9))
    profile = load_profile(path)
    assert hook_of(profile).outgoing(SENT).operation == "good"
    file.write_text(source.format("late"), encoding="utf-8")
    late = profile.model_copy(update={"hook": profile.hook.model_copy(update={"sha256": "0" * 64})})
    with pytest.raises(LocalError) as caught:
        hook_of(late)
    assert caught.value.code == "profile.hook" and "changed" in caught.value.params["detail"]


def test_the_check_runs_the_hook_and_says_where_it_is_named(tmp_path):
    path = write(tmp_path, "x = 1")
    with pytest.raises(LocalError) as caught:
        check_profile(path)
    assert caught.value.code == "profile.hook" and f"{path}:5 : hook" in caught.value.params["detail"]

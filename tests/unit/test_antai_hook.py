"""The hook of a profile: what it signs is verified on the other side, what it cannot do stops nothing else."""

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
    assert check_profile(str(child)).hook.file == check_profile(parent).hook.file
    assert hook_of(load_profile(str(child))).outgoing(Exchange("x", "editeur", body=b"a")).headers["x-seal"]

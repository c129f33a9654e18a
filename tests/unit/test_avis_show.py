"""`fpsctl avis show`: the print request of a notice, mention by mention, as the SI FPS has it printed."""

from __future__ import annotations

import json

import pytest
import respx

from embedded import PROFILE, avis, make_town
from fpsctl.antai import codec_for
from fpsctl.antai.messages import DemandeImpression, Etablissement, Modalites
from fpsctl.cli.app import main
from fpsctl.identifiers import NumeroFps
from fpsctl.render.avis import MODALITES, ORDER, avis_lines
from fpsctl.texts import catalogue, use_language
from tls_lab import Authority

SIRET = "13000000300009"
NUMERO = NumeroFps.make(SIRET, annee=2026, jour=61)
MENTIONS = {
    "collectivite": "Ville d'Exemple", "autorite": "Ville d'Exemple, 1 place", "agent": "AGENT-001",
    "constat_horodatage": "2026-03-02T10:15:00+01:00", "lieu": "rue Basse", "vehicule": "SS-123-AB FICTIVE",
    "montant": 3500, "signature": "Signé", "numero": NUMERO,
}  # fmt: skip
TERMS = dict.fromkeys(set(MODALITES) - {"moyens", "minore"}, "x") | {"moyens": ["chèque", "guichet"]}


def impression(document="avis_initial", initial=None, **mentions):
    return DemandeImpression(
        document=document,
        numero_initial=initial,
        etablissement=Etablissement(**{**MENTIONS, **mentions}),
        modalites=Modalites(**TERMS),
    )


def shown(message):
    return [line.plain for line in avis_lines(message.model_dump(mode="json"), ())]


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        code = main(["avis", "show", *map(str, args)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def files(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue("town", siret=SIRET)
    ready = {
        "url": "https://127.0.0.1:4443",
        "management_url": "http://127.0.0.1:1",
        "ca": str(authority.pem),
        "pid": 1,
    }
    (tmp_path / "ready.json").write_text(json.dumps(ready))
    return ["--sandbox", "ready.json", "--certificate", pair.certificate, "--key", pair.key]


def answered(message, numero=NUMERO):
    router = respx.mock(base_url="https://127.0.0.1:4443")
    path = f"/front/v1/{SIRET}/avis/{numero}/impression"
    router.get(path).respond(200, content=codec_for(PROFILE).encode(message))
    return router


def test_the_mentions_are_shown_in_the_order_of_the_law():
    use_language("fr")
    lines = shown(impression())
    assert lines[0] == f"Avis de paiement {NUMERO.spaced}"
    labels = [catalogue("fr")[f"mention.{name}"] for name in (*ORDER["avis_initial"], *MODALITES)]
    told = [line.strip() for line in lines[1:] if line.startswith("  ")]
    assert [next(label for label in labels if line.startswith(label)) for line in told] == labels
    assert "3500" not in "\n".join(lines)
    for words in ("35,00\u00a0€", "2026-03-02 10:15 (UTC+01:00)", "chèque, guichet", "(absente)"):
        assert words in "\n".join(lines)


def test_a_corrective_notice_has_its_own_order_and_recalls_the_first():
    own = NumeroFps.make(SIRET, annee=2026, jour=95, ordre=900)
    lines = shown(
        impression("avis_rectificatif", NUMERO, numero=own, date="2026-04-05", rapo_reception="1er avril 2026")
    )
    text = "\n".join(lines)
    assert lines[0] == f"Corrective payment notice {own.spaced}"
    assert lines[1].strip() == f"corrects notice {NUMERO.spaced}"
    assert text.index("Receipt of the RAPO") < text.index("Day of the corrective notice") < text.index("Amount due")
    assert "Day of sending" not in text


def test_every_mention_is_in_an_order_and_has_its_label():
    first = set(ORDER["avis_initial"]) | set(ORDER["avis_rectificatif"])
    assert first == set(Etablissement.model_fields)
    assert set(MODALITES) == set(Modalites.model_fields)
    for name in first | set(MODALITES):
        assert f"mention.{name}" in catalogue("fr")


def test_a_mention_that_is_stated_is_never_hidden():
    assert any("2026-03-04" in line for line in shown(impression("avis_rectificatif", NUMERO, date_envoi="2026-03-04")))


def test_a_blank_mention_is_seen_and_nothing_writes_on_the_terminal():
    lines = shown(impression(lieu="", agent="A\x1b[2J\nB"))
    assert any(line.split() == ["Place", "of", "the", "finding", "(blank)"] for line in lines)
    assert all(line.isprintable() for line in lines)


def test_a_long_mention_goes_on_under_itself():
    place = " ".join(f"mot{n}" for n in range(60))
    lines = shown(impression(lieu=place))
    assert max(map(len, lines)) <= 100
    (first,) = [rank for rank, line in enumerate(lines) if "mot0 " in line]
    start = lines[first].index("mot0")
    told = [lines[first][start:]]
    for line in lines[first + 1 :]:
        if not line.startswith(" " * start):
            break
        told.append(line[start:])
    assert len(told) > 3
    assert " ".join(told) == place
    assert lines[first + len(told)].strip().startswith(catalogue("en")["mention.vehicule"])


def test_a_long_word_is_not_cut():
    assert any("x" * 150 in line for line in shown(impression(lieu="x" * 150)))


def test_the_answer_is_the_canonical_content(cli, files):
    with answered(impression()):
        code, out, err = cli(NUMERO, *files, "-o", "json")
    envelope = json.loads(out)
    assert (code, err, envelope["command"]) == (0, "", "avis show")
    assert envelope["result"].pop("profile")["id"] == "public"
    assert envelope["result"] == impression().model_dump(mode="json")


@pytest.mark.parametrize("spelling", [NUMERO.spaced, f"{NUMERO} 42", f"{NUMERO.spaced} Clé 42"])
def test_the_number_is_accepted_as_printed_and_says_the_town(cli, files, spelling):
    with answered(impression()) as router:
        assert cli(spelling, *files)[0] == 0
        assert router.calls.call_count == 1


def test_the_notice_of_another_number_is_a_finding(cli, files):
    with answered(impression(numero=NumeroFps.make(SIRET, annee=2026, jour=61, ordre=2))):
        code, out, _ = cli(NUMERO, *files, "-o", "json")
    failed = [item["id"] for item in json.loads(out)["findings"] if item["outcome"] == "fail"]
    assert (code, failed) == (1, ["impression.numero.other"])


def test_a_corrective_notice_answers_for_the_number_that_it_corrects(cli, files):
    own = NumeroFps.make(SIRET, annee=2026, jour=95, ordre=900)
    with answered(impression("avis_rectificatif", NUMERO, numero=own)):
        assert cli(NUMERO, *files)[0] == 0


@pytest.mark.parametrize("number", ["123", "x" * 26, "13000000300008" + NUMERO[14:]])
def test_a_number_that_is_none_is_a_usage_error(cli, files, number):
    with respx.mock(assert_all_called=False) as router:
        assert cli(number, *files)[0] == 2
        assert router.calls.call_count == 0


def test_without_sandbox_or_certificate_nothing_is_sent(cli, files):
    assert cli(NUMERO)[0] == 3
    assert cli(NUMERO, *files[:2])[0] == 3


def test_the_sandbox_prints_what_was_sent(running, tmp_path, cli):
    town = make_town(running, tmp_path)
    notice = avis(town.siret)
    where = ["--sandbox", running.ready_file, "--certificate", town.identity.certificate, "--key", town.identity.key]
    code, _, err = cli(notice.numero, *where)
    assert (code, "[dossier.inconnu]" in err) == (5, True)
    with town.client() as si_fps:
        si_fps.send_avis_initial(notice)
    code, _, err = cli(notice.numero, *where)
    assert (code, "[impression.absente]" in err) == (5, True)
    town.control.set_clock(town.siret, prochain=True)
    town.control.set_clock(town.siret, avance="P10D")
    code, out, err = cli(notice.numero.spaced, *where)
    assert (code, err) == (0, "")
    for words in ("Commune d'Exemple", "SS-123-AB FICTIVE", "Place de la Fiction", "€35.00", "2026-03-02 10:15"):
        assert words in out

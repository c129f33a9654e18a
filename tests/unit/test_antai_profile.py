from __future__ import annotations

import re
from pathlib import Path

import pytest

import fpsctl
from fpsctl.antai import load_profile
from fpsctl.antai.leaves import leaves_of
from fpsctl.antai.messages import MESSAGES
from fpsctl.antai.operations import OPERATIONS
from fpsctl.antai.profile_formats import Provenance
from fpsctl.errors import LocalError
from fpsctl.resources import read_yaml

CHILD = """\
profile: child
version: "7"
title: {fr: "Essai", en: "Trial"}
extends: public
confidential: true
messages:
  date_envoi:
    provenance: {confidence: official, source: "specification 1.2, section 4"}
    fields:
      envoye_le: courrier.jourEnvoi
"""


def write(folder: Path, content: str, name: str = "child.yaml") -> str:
    path = folder / name
    path.write_text(content)
    return str(path)


def refused(folder: Path, content: str) -> LocalError:
    with pytest.raises(LocalError) as caught:
        load_profile(write(folder, content))
    assert {"path", "line", "detail", "place"} <= set(caught.value.params)
    return caught.value


def entries(value: object, path: str = "") -> list[tuple[str, Provenance]]:
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in entries(inner, f"{path}.{name}")]
    found = [(path, value)] if isinstance(value, Provenance) else []
    if hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            found += entries(getattr(value, name), f"{path}.{name}")
    return found


def test_public_describes_every_value_of_every_message():
    profile = load_profile("public")
    assert set(profile.messages) == set(MESSAGES)
    for kind, model in MESSAGES.items():
        assert set(profile.messages[kind].fields) == set(leaves_of(model)), kind


def test_public_presents_nothing_as_a_fact_and_has_no_address():
    profile = load_profile("public")
    found = entries(profile)
    assert len(found) > 200
    for path, entry in found:
        assert entry.confidence == "assumption", path
        assert re.match(r"A\d\d", entry.reference), path
    assert not profile.hosts and not profile.confidential
    assert set(profile.operations) == set(OPERATIONS)
    assert all(operation.path.startswith("/") for operation in profile.operations.values())  # no host
    assert profile.delays == {}


def test_the_key_of_the_number_is_off_and_readable_without_the_model():
    assert read_yaml("profiles/public.yaml")["numero"]["cle"]["algorithm"] == "off"
    assert load_profile("public").numero.cle.algorithm == "off"


def test_wire_names_stand_nowhere_but_in_profiles():
    wire = {
        step.removesuffix("[]")
        for message in load_profile("public").messages.values()
        for path in (message.wire, *(field.path for field in message.fields.values()))
        for step in path.split(".")
    }
    sample = {name for name in wire if re.search(r"[a-z][A-Z]", name)}
    assert len(sample) > 50
    for source in Path(fpsctl.__file__).parent.rglob("*.py"):
        words = set(re.findall(r"\w+", source.read_text()))
        assert not words & sample, source


def test_wire_and_canonical_nesting_differ_in_most_messages():
    messages = load_profile("public").messages.values()
    nested = [
        message
        for message in messages
        if any(field.path.count(".") != name.count(".") for name, field in message.fields.items())
    ]
    assert len(nested) >= 10


def test_a_child_is_laid_over_its_parent_and_keeps_the_rest(tmp_path):
    child, public = load_profile(write(tmp_path, CHILD)), load_profile("public")
    entry = child.messages["date_envoi"].fields["envoye_le"]
    assert entry.path == "courrier.jourEnvoi"
    assert (entry.confidence, entry.source, entry.reason) == ("official", "specification 1.2, section 4", None)
    assert child.messages["date_envoi"].fields["numero"] == public.messages["date_envoi"].fields["numero"]
    assert child.messages["rejet"] == public.messages["rejet"]
    assert child.confidential and child.profile == "child"
    assert child.digest != public.digest


def test_a_parent_is_found_beside_its_child_and_the_chain_may_be_long(tmp_path):
    write(tmp_path, CHILD, "base.yaml")
    grandchild = CHILD.replace("profile: child", "profile: grandchild").replace(
        "extends: public", "extends: ./base.yaml"
    )
    profile = load_profile(write(tmp_path, grandchild.replace("jourEnvoi", "leJour"), "grandchild.yaml"))
    assert profile.messages["date_envoi"].fields["envoye_le"].path == "courrier.leJour"
    assert set(profile.messages) == set(MESSAGES)


def test_null_removes_an_optional_field_a_code_and_an_operation(tmp_path):
    content = CHILD + (
        "  rejet:\n    fields:\n      libelle: null\n      code: {codes: {format: null}}\n"
        "operations: {read_retour: null}\n"
    )
    profile = load_profile(write(tmp_path, content))
    fields = profile.messages["rejet"].fields
    assert "libelle" not in fields and "champ" in fields
    assert "format" not in fields["code"].codes and "numero_double" in fields["code"].codes
    assert "read_retour" not in profile.operations and "check_front" in profile.operations


def test_a_reject_code_is_added_by_data_alone(tmp_path):
    code = "{codes: {plaque_detruite: {wire: R77, confidence: official, source: spec}}}"
    added = f"  rejet:\n    fields:\n      code: {code}\n"
    codes = load_profile(write(tmp_path, CHILD + added)).messages["rejet"].fields["code"].codes
    assert codes["plaque_detruite"].wire == "R77" and codes["plaque_detruite"].confidence == "official"
    assert codes["format"].confidence == "assumption"


def test_the_digest_is_that_of_the_merged_content_not_of_its_layout(tmp_path):
    first = load_profile(write(tmp_path, CHILD))
    title = 'title: {fr: "Essai", en: "Trial"}\n'
    moved = CHILD.replace(title, "") + "# a comment\n" + title
    long = CHILD.replace("envoye_le: courrier.jourEnvoi", "envoye_le: {path: courrier.jourEnvoi}")
    assert load_profile(write(tmp_path, moved)).digest == first.digest
    assert load_profile(write(tmp_path, long)).digest == first.digest
    hosts = [f"{name}: {{url: 'https://{name}.invalid', confidence: measured, source: s}}" for name in ("a", "b")]
    one, two = (
        load_profile(write(tmp_path, CHILD + f"hosts: {{{', '.join(order)}}}\n")) for order in (hosts, hosts[::-1])
    )
    assert list(one.hosts) != list(two.hosts) and one.digest == two.digest
    other = CHILD.replace('source: "specification 1.2, section 4"', 'source: "specification 1.3"')
    assert load_profile(write(tmp_path, other)).digest != first.digest
    assert re.fullmatch(r"[0-9a-f]{64}", first.digest)


def test_a_bare_off_is_read_as_the_word(tmp_path):
    profile = load_profile(
        write(tmp_path, CHILD + "numero: {cle: {algorithm: off, confidence: official, source: spec}}\n")
    )
    assert profile.numero.cle.algorithm == "off"


WORD = '{confidence: official, source: "specification 1.2, section 4"}'
CODES = "  rejet:\n    fields:\n      code: {codes: {x: {wire: FORMAT, confidence: law, source: s}}}\n"
FAX = "  fax:\n    wire: f\n    provenance: {confidence: law, source: x}\n    fields: {}\n"

# case: (text added at the end, or (old, new)), code, line, part of the detail
REFUSED = {
    "not-yaml": ("  bad: [\n", "profile.unreadable", None, ""),
    "tab": ("\tbad: 1\n", "profile.unreadable", 11, ""),
    "two-documents": ("---\na: 1\n", "profile.unreadable", 11, ""),
    "bad-date": ("in_force: {from: 2026-02-31, to: null}\n", "profile.invalid", 11, "in_force"),
    "list": ((CHILD, "- a\n"), "profile.invalid", 1, "set of keys"),
    "empty": ((CHILD, ""), "profile.invalid", 1, "set of keys"),
    "duplicate-key": ("version: '8'\n", "profile.unreadable", 11, "duplicate key 'version'"),
    "alias": (('{fr: "Essai", en: "Trial"}', '{fr: &a "Essai", en: *a}'), "profile.invalid", 3, "alias"),
    "unknown-key": ("colour: red\n", "profile.invalid", 11, "colour: unknown key"),
    "unknown-key-of-a-field": (
        "      numero: {path: a.b, couleur: 1, confidence: law, source: x}\n",
        *("profile.invalid", 11, "couleur: unknown key"),
    ),
    "unknown-message": (FAX, "profile.invalid", 11, "messages.fax: a message that does not exist"),
    "unknown-field": ("      couleur: a.b\n", "profile.invalid", 11, "couleur: the message has no such field"),
    "bad-path": ("      numero: a..b\n", "profile.invalid", 11, "numero.path"),
    "bad-confidence": (("confidence: official", "confidence: sure"), "profile.invalid", 8, "must be"),
    "no-origin": ((WORD, "{confidence: official}"), "profile.invalid", 8, "on whose word"),
    "field-without-a-word": (
        (f"    provenance: {WORD}\n", ""),
        *("profile.invalid", 9, "envoye_le.confidence: a needed value is missing"),
    ),
    "name-without-a-word": (
        "  rejet:\n    wire: reject\n",
        *("profile.invalid", 11, "rejet.provenance: a needed value is missing"),
    ),
    "key-without-a-word": (
        "numero: {cle: {algorithm: mod97}}\n",
        "profile.invalid",
        11,
        "confidence: a needed value is missing",
    ),
    "unmapped": ("      numero: null\n", "profile.unmapped", 11, "date_envoi.fields.numero"),
    "unmapped-in-optional-part": (
        "  avis_initial:\n    fields:\n      justificatif.fin_le: null\n",
        *("profile.unmapped", 13, "justificatif.fin_le"),
    ),
    "same-place": ("      numero: courrier.jourEnvoi\n", "profile.collision", None, "courrier.jourEnvoi"),
    "under-a-leaf": ("      numero: courrier.jourEnvoi.n\n", "profile.collision", None, "jourEnvoi"),
    "above-a-leaf": ("      numero: courrier\n", "profile.collision", None, "courrier"),
    "same-message-name": ("    wire: rejetMessage\n", "profile.collision", None, "wire"),
    "same-code": (CODES, "profile.collision", 13, "codes.x: format"),
    "choice-without-a-member": ("      mode: {codes: {postal: null}}\n", "profile.invalid", 11, "postal"),
    "choice-with-another-member": (
        "      mode: {codes: {fax: {wire: F, confidence: law, source: s}}}\n",
        *("profile.invalid", 11, "fax"),
    ),
    "codes-on-a-number": ("      numero: {path: courrier.n, codes: {a: b}}\n", "profile.invalid", 11, "is not a code"),
    "amounts-on-a-number": (
        "      numero: {path: courrier.n, amounts: cents}\n",
        *("profile.invalid", 11, "not for this value"),
    ),
    "list-for-a-value": ("      numero: courrier.n[]\n", "profile.invalid", 11, "courrier.n[]"),
    "order-of-days": ("in_force: {from: 2026-02-01, to: 2026-01-01}\n", "profile.invalid", 11, "`to` is before"),
    "extends-itself": (("public", "./child.yaml"), "profile.invalid", 4, "extends or supersedes itself"),
    "extends-nothing": (("public", "private"), "profile.unknown", None, "public"),
    "confidential-as-text": (("confidential: true", 'confidential: "yes"'), "profile.invalid", 5, "true or false"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_profile_is_refused_with_its_code_its_line_and_the_entry(case, tmp_path):
    change, code, line, detail = REFUSED[case]
    content = CHILD + change if isinstance(change, str) else CHILD.replace(*change)
    assert content != CHILD
    error = refused(tmp_path, content)
    assert (error.code, detail in error.params["detail"]) == (code, True), error
    if line is not None:
        assert error.params["line"] == line, error
        assert error.params["place"] == f"{tmp_path / 'child.yaml'}:{line}"


def test_parents_that_extend_each_other_are_refused(tmp_path):
    write(tmp_path, CHILD.replace("public", "./child.yaml"), "parent.yaml")
    error = refused(tmp_path, CHILD.replace("public", "./parent.yaml"))
    assert error.code == "profile.invalid" and error.params["detail"].startswith("extends: a profile that extends")
    assert error.params["place"] == f"{tmp_path / 'parent.yaml'}:4"


def test_a_profile_without_parent_must_be_whole(tmp_path):
    error = refused(tmp_path, CHILD.replace("extends: public\n", ""))
    assert error.code == "profile.invalid" and error.params["detail"].endswith(": a needed value is missing")


@pytest.mark.parametrize("name", ["private", "nowhere/at_all.yaml", "absent.yml"])
def test_an_unknown_profile_says_so(name):
    with pytest.raises(LocalError) as caught:
        load_profile(name)
    assert caught.value.code == "profile.unknown" and caught.value.params["path"] == name


def test_a_folder_is_not_a_profile(tmp_path):
    with pytest.raises(LocalError) as caught:
        load_profile(f"{tmp_path}/")
    assert caught.value.code == "profile.unreadable"


def test_bytes_that_are_not_text_are_unreadable(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("profile: é".encode("latin-1"))
    with pytest.raises(LocalError) as caught:
        load_profile(str(path))
    assert caught.value.code == "profile.unreadable"


def test_deep_yaml_is_unreadable_not_a_crash(tmp_path):
    error = refused(tmp_path, "a: " + "[" * 5000 + "]" * 5000)
    assert error.code == "profile.unreadable"

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
from fpsctl.render.errors import hint_of
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
    "same-code": (CODES, "profile.collision", 13, "codes.x: FORMAT = messages.rejet.fields.code.codes.format ("),
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


AUTRE = str(Path(__file__).parents[1] / "profiles" / "autre.yaml")
GIVEN = "confidence: official, source: spec"


def given(text: str, parent: str = "public") -> str:
    head = CHILD.split("messages:", maxsplit=1)[0].replace("extends: public", f"extends: {parent}")
    return head + text.replace("W}", GIVEN + "}")


def field(text: str, kind: str = "avis_initial") -> str:
    return f"messages:\n  {kind}:\n    fields:\n      {text}\n"


def check_front(text: str) -> str:
    return f"operations: {{check_front: {{{text}, W}}}}\n"


PATHS = (
    "/x/{siret.__class__}", "/x/{siret!r}", "/x/{siret:int}", "/x/{}", "/x/{0}", "/x/{", "x/{siret}", "/x?s={siret}",
    "https://evil.example/{siret}", "//evil/{siret}", "/x/{bogus}", "/x#{siret}", "/é/{siret}", "/a b/{siret}",
    "/x/{siret}{siret}", "/x/{{siret}}",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_no_plain_template_is_refused(path, tmp_path):
    error = refused(tmp_path, given(check_front(f'path: "{path}"')))
    assert error.code == "profile.invalid" and error.params["line"] == 6
    assert error.params["detail"].startswith("operations.check_front.path: a path:")


RESERVED = (
    "Host", "content-length", "Content-Type", "TRANSFER-ENCODING", "connection", "accept", "accept-encoding",
    "accept-language", "expect", "user-agent", "te", "upgrade",
)  # fmt: skip


@pytest.mark.parametrize("name", RESERVED)
def test_a_header_that_http_writes_itself_is_refused(name, tmp_path):
    for text in (f"headers: {{{name}: {{value: a, W}}}}", check_front(f"headers: {{{name}: {{value: a, W}}}}")):
        assert "a header that HTTP or the client writes" in refused(tmp_path, given(text)).params["detail"]


# ruff: noqa: E501 - one case a line
# case: (text, parent, part of the detail, part of the hint)
ODD = {
    "part-unknown": (check_front('path: "/x/{numero}"'), "public", "check_front.path: {numero}", "parts here: {siret}"),
    "method": (check_front("method: TRACE"), "public", "must be 'GET'", ""),
    "success": (check_front("success: [200, 204]"), "public", "carry no answer", "200, 201, 202 or 203"),
    "control": ('messages: {avis_initial: {wire: "a\\nb", provenance: {W}}}', "public", "no line break", ""),
    "kind-in-header": (
        'headers: {X-K: {value: "{kind}", W}}\nmessages: {avis_initial: {wire: "Dépôt", provenance: {W}}}',
        *("public", "headers.X-K: {kind} is the name", "a `wire` in ASCII"),
    ),
    "media-upper": ("formats: {media_type: {value: Application/JSON, W}}", "public", "lower case", "application/json"),
    "media-charset": (
        'formats: {media_type: {value: "application/json; charset=utf-8", W}}',
        *("public", "without parameters", "type/subtype"),
    ),
    "media-of-refusals": (
        "errors: {media_type: json, parts: {code: c}, W}", "public", "errors.media_type: must be", "type/subtype",
    ),
    "xml-as-json": ("formats: {encoding: {value: xml, W}}", "public", "not that of `encoding`", "application/xml"),
    "json-as-xml": (
        "formats: {media_type: {value: application/problem+xml, W}}", "public", "not that of `encoding`", "",
    ),
    "status": ("errors: {codes: {message.invalide: {wire: A, status: 503, W}}}", "public", "at most 499", ""),
    "envelope-part": (
        'formats: {envelope: {message: m, constants: {k: {value: "{kin}", W}}, W}}', "public", "constants.k: the env", "",
    ),
    "pattern-percent": (
        'formats: {instants: {value: "%d/%m/%Y %H:%M:%S%", zone: UTC, W}}', "public", "neither a known", "such as",
    ),
    "default-of-another-type": (
        field("fps: {path: montants.forfait, required: false, default: abc, W}"), "public", "fps.default: this is no", "",
    ),
    "default-out-of-bounds": (
        field("fps: {path: montants.forfait, required: false, default: -1, W}"), "public", "fps.default: this is no", "",
    ),
    "code-name": (field("code: {codes: {Plaque-X: {wire: R, W}}}", "rejet"), "public", "Plaque-X: a canonical", "plaque_"),
    "list-of-a-page": ("retours: {items: 'a[]', W}", "public", "retours.items: []", "without []"),
    "name-of-an-element": (field("lieu: {path: Verbalisation.1abc, W}"), AUTRE, "lieu: this is no name", "a letter first"),
    "name-with-a-prefix": (field("lieu: {path: 'Verbalisation.x:y', W}"), AUTRE, "lieu: this is no name", ""),
    "name-of-xml": (field("lieu: {path: Verbalisation.@xmlns, W}"), AUTRE, "lieu: this is no name", ""),
    "name-of-a-message": ("messages: {avis_initial: {wire: 1a, provenance: {W}}}", AUTRE, "avis_initial.wire: this", ""),
    "name-of-refusals": ("errors: {wire: a b, W}", AUTRE, "errors.wire: this is no name", ""),
    "name-in-a-refusal": ("errors: {parts: {hint: 'a<b'}, W}", AUTRE, "parts.hint: this is no name", ""),
    "name-of-a-page": ("retours: {wire: a b, W}", AUTRE, "retours.wire: this is no name", ""),
    "name-in-a-page": ("retours: {more: 1a, W}", AUTRE, "retours.more: this is no name", ""),
    "name-in-the-envelope": (
        "formats: {envelope: {constants: {a<b: {value: a, W}}, W}}", AUTRE, "this is no name", "",
    ),
    "returns-in-an-attribute": ("retours: {message: '@m', W}", AUTRE, "this holds elements", ""),
    "text-beside-elements": (
        field("zone: {path: 'Verbalisation.#text', W}"), AUTRE, "#text beside elements", "(@name)",
    ),
    "typo": ("in_forse: {}", "public", "in_forse: unknown key", "in_force"),
    "value-for-wire": (
        "errors: {codes: {message.invalide: {value: A, W}}}", "public", "message.invalide.value: unknown key", "wire",
    ),
    "typo-of-a-field": (field("numeros: a"), "public", "no such field", "names: numero"),
    "field-like-no-other": (field("xyzzy: a"), "public", "no such field", "profile show public --message avis_initial"),
    "typo-of-an-operation": ("operations: {check_fronts: null}", "public", "does not exist", "check_front"),
    "bad-year": ("in_force: {from: 2o26-01-01, to: null}", "public", "a date that exists", "YYYY-MM-DD"),
    "bad-zone": (
        'formats: {instants: {value: "%d/%m/%Y %H:%M:%S", zone: Lyon, W}}', "public", "unknown time zone", "Europe/Paris",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_an_odd_entry_is_refused_with_its_line_and_the_next_step(case, tmp_path):
    text, parent, detail, step = ODD[case]
    error = refused(tmp_path, given(text, parent))
    assert (error.code, detail in error.params["detail"], step in hint_of(error)) == ("profile.invalid", True, True), (
        error
    )
    assert error.params["path"] == str(tmp_path / "child.yaml") and error.params["line"] >= 6


def test_a_place_for_the_code_of_refusals_is_needed(tmp_path):
    assert refused(tmp_path, given("errors: {parts: {code: null}, W}")).code == "profile.unmapped"


def test_a_number_and_its_text_are_one_code_and_both_entries_are_named(tmp_path):
    codes = 'errors: {codes: {message.invalide: {wire: 10, W}, numero.conflit: {wire: "10", W}}, W}'
    error = refused(tmp_path, given(codes))
    assert error.code == "profile.collision" and "10 = errors.codes.message.invalide (" in error.params["detail"]


def test_a_collision_names_the_entry_in_the_other_file_too(tmp_path):
    error = refused(tmp_path, given(field("numero: {path: constat.lieu.x, W}")))
    assert "constat.lieu = messages.avis_initial.fields.lieu (" in error.params["detail"].replace(".x =", " =")
    assert "public.yaml:" in error.params["detail"] and error.params["line"] == 9


def test_half_a_profile_is_told_to_extend_another(tmp_path):
    assert "extends: public" in hint_of(refused(tmp_path, CHILD.replace("extends: public\n", "")))


@pytest.mark.parametrize("key", ["extends", "supersedes"])
def test_a_parent_that_does_not_exist_is_told_with_the_line_that_names_it(key, tmp_path):
    error = refused(
        tmp_path,
        CHILD.replace(
            "extends: public\n",
            f"extends: public\n{key}: nope.yaml\n".removeprefix("extends: public\n" if key == "extends" else ""),
        ),
    )
    assert error.code == "profile.unknown" and f"{key}, {tmp_path / 'child.yaml'}:" in error.params["detail"]
    assert error.params["line"] == (4 if key == "extends" else 5)


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: b: c\n", "un « : » de trop"), ("a: @b\n", "caractère qui ne peut pas"), ("a: 1\na: 2\n", "écrite deux fois")],
)
def test_what_the_parser_says_is_told_in_french(text, told, tmp_path, monkeypatch):
    monkeypatch.setattr("fpsctl.texts._locale", {"lang": "fr"})
    assert told in refused(tmp_path, text).params["detail"]


def test_what_xml_writes_in_another_order_is_another_interface(tmp_path):
    def digest(text: str, parent: str = AUTRE) -> str:
        return load_profile(write(tmp_path, given(text, parent))).digest

    def constants(*names: str) -> str:
        return (
            field("").replace("fields", "constants").rstrip()
            + "\n"
            + "".join(f"      {name}: {{value: a, W}}\n" for name in names)
        )

    assert digest(constants("Ax", "Bx")) != digest(constants("Bx", "Ax"))
    assert digest(constants("ax", "bx"), "public") == digest(constants("bx", "ax"), "public")
    write(tmp_path, given("", AUTRE), "between.yaml")
    assert digest("", "./between.yaml") == digest("", AUTRE)

"""XML on the wire: read exactly, without entities or anything from outside, nothing lost, nothing that crashes."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import embedded
from fpsctl.antai import MESSAGES, codec_for, load_profile
from fpsctl.antai.wire_xml import plain, write_xml
from fpsctl.errors import LocalError

OTHER = load_profile(str(Path(__file__).parents[1] / "profiles" / "autre.yaml"))
CODEC = codec_for(OTHER)
AVIS = embedded.avis("13000000300009")
BODY = CODEC.encode(AVIS).decode()


def read(body):
    return CODEC.decode("avis_initial", body if isinstance(body, bytes) else body.encode())


def ids(body):
    return [item.id for item in read(body).findings]


def test_it_is_written_as_the_profile_says():
    assert BODY.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<AvisPaiement xmlns="urn:essai:autre:7"><Entete')
    assert "<Nature>AvisPaiement</Nature><Essai>true</Essai></Entete><Corps><Reference><NumeroAvis>" in BODY
    assert '<Plaque pays="FR">SS-123-AB</Plaque>' in BODY and '<Montants devise="EUR"><Forfait>35,00<' in BODY
    order = ["<Reference>", "<Verbalisation>", "<Vehicule>", "<Creancier", "<Montants"]
    assert [BODY.index(name) for name in order] == sorted(BODY.index(name) for name in order)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_text_travels_or_is_refused(told):
    avis = AVIS.model_copy(update={"lieu": told, "signature": f" {told}\r\n\t{told} "})
    legal = all(
        c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000" for c in told
    )
    if not legal:
        with pytest.raises(LocalError) as caught:
            CODEC.encode(avis)
        assert caught.value.code == "message.unwritable" and caught.value.params["detail"] == "xml.character"
    else:
        assert read(CODEC.encode(avis)).message == avis


@pytest.mark.parametrize("told", ["\r", "a\r\nb", "\n", "a\tb", "'\"<>&]]>", "&amp;", "<!--x-->", "é€😀"])
def test_an_attribute_keeps_its_text(told):
    body = write_xml("a", {"@b": told, "#text": told}, None)
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - of this test alone

    element = fromstring(body)
    assert (element.get("b"), element.text) == (told, told)


def test_an_unlisted_code_of_a_list_of_numbers_is_a_code(tmp_path):
    path = tmp_path / "numbers.yaml"
    path.write_text(
        (Path(__file__).parents[1] / "profiles" / "autre.yaml")
        .read_text("utf-8")
        .replace(": R0", ": 10")
        .replace(": R1", ": 2"),
        "utf-8",
    )
    made = codec_for(load_profile(str(path)))
    rejet = MESSAGES["rejet"](
        numero=AVIS.numero, objet="avis_initial", code="format", reference="R", rejete_le=AVIS.constate_le
    )
    body = made.encode(rejet)
    assert b'code="20"' in body and made.decode("rejet", body).message == rejet
    decoded = made.decode("rejet", body.replace(b'code="20"', b'code="99"'))
    assert decoded.message.code == "inconnu"
    assert [item.id for item in decoded.findings] == ["message.code.unlisted"]


# What is odd


def test_each_of_what_is_repeated_and_not_known_is_kept():
    decoded = read(BODY.replace("<Vehicule>", "<Vehicule><Foo>1</Foo><Foo>2</Foo><Foo><y/>3</Foo>", 1))
    assert decoded.message == AVIS
    assert decoded.unknown == {"Corps.Vehicule.Foo": ["1", "2", {"#text": "3", "y": ""}]}


def test_many_unknown_things_are_told_in_short():
    body = BODY.replace("<Vehicule>", "<Vehicule>" + "".join(f"<x{n}/>" for n in range(5000)), 1)
    decoded = read(body.replace("<Marque>", f'<Marque z="{"a" * 100_000}">'))
    assert len(decoded.findings) == 101 and len(decoded.unknown) == 5001
    assert max(len(item.detail) for item in decoded.findings) < 1000


@pytest.mark.parametrize("attribute", ['xsi:nil="true"', 'xsi:type="a"'])
def test_what_a_schema_says_of_a_value_is_told(attribute):
    declared = 'AvisPaiement xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    assert ids(BODY.replace("AvisPaiement ", declared, 1).replace("<Marque>", f"<Marque {attribute}>")) == [
        "message.field.unknown"
    ]


def test_unknown_elements_attributes_and_texts_are_told_and_kept():
    body = BODY.replace("<Vehicule>", '<Vehicule roues="4"><Couleur teinte="vif">rouge</Couleur>', 1)
    body = body.replace("<Reference>", "<Reference>perdu", 1).replace("<Marque>", "<Marque x='1'><y/>", 1)
    decoded = read(body)
    assert decoded.message == AVIS
    assert {item.id for item in decoded.findings} == {"message.field.unknown"}
    assert decoded.unknown == {
        "Corps.Vehicule.@roues": "4",
        "Corps.Vehicule.Couleur": {"@teinte": "vif", "#text": "rouge"},
        "Corps.Reference.#text": "perdu",
        "Corps.Vehicule.Marque.@x": "1",
        "Corps.Vehicule.Marque.y": "",
    }


def test_where_a_schema_stands_and_comments_mean_nothing():
    body = BODY.replace(
        "<AvisPaiement ",
        '<AvisPaiement xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x x.xsd" ',
    ).replace("<Corps>", "<!-- ici --><Corps><?pi rien?>\n  ")
    assert read(body).message == AVIS and not ids(body)


def test_a_prefix_is_as_good_as_a_default_namespace():
    body = re.sub(r"<(/?)(?=[A-Z])", r"<\1p:", BODY).replace("xmlns=", "xmlns:p=")
    assert "<p:Corps>" in body and read(body).message == AVIS


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<Lieu/>", "", []),
        ("<Marque>FICTIVE</Marque>", "<Marque>A</Marque><Marque>B</Marque>", ["message.field.duplicate"]),
        ("<Forfait>35,00</Forfait>", "", ["message.field.missing"]),
        ("<Forfait>35,00</Forfait>", "<Forfait/>", ["message.field.invalid"]),
        ("<Forfait>35,00</Forfait>", "<Forfait> 35,00 </Forfait>", ["message.field.invalid"]),
        ('chiffre="1"', 'chiffre="un"', ["message.field.invalid"]),
        ('chiffre="1"', 'chiffre="12"', ["message.field.invalid"]),
        ('version="7.2"', 'version="7.3"', ["message.constant.differs"]),
        ("<Essai>true</Essai>", "<Essai>1</Essai>", ["message.constant.differs"]),
        ("AvisPaiement xmlns", "AvisPaiment xmlns", ["message.unreadable"]),
        ("urn:essai:autre:7", "urn:essai:autre:6", ["message.unreadable"]),
        (' xmlns="urn:essai:autre:7"', "", ["message.unreadable"]),
        ("<Reference>", '<Reference xmlns="">', ["message.field.unknown", *["message.field.missing"] * 1]),
        ("<Essai>true</Essai>", "", ["message.constant.differs"]),
        ("</Corps>", "", ["message.unreadable"]),
        ("<Corps>", "<Corps>\x01", ["message.unreadable"]),
        ("<Corps>", "<Corps>&inconnu;", ["message.unreadable"]),
    ],
)
def test_what_is_wrong_is_a_finding(old, new, expected):
    body = BODY.replace(old, new).replace(
        "</AvisPaiement>", "</AvisPaiment>" if "AvisPaiment x" in new else "</AvisPaiement>"
    )
    assert ids(body) == expected


def test_a_finding_says_where():
    (finding,) = read(BODY[:-20]).findings
    assert finding.detail.startswith("syntax, line 2, column ")
    (finding,) = read(BODY.replace('chiffre="1"', 'chiffre="x"')).findings
    assert finding.detail.startswith("Corps.Verbalisation.Service.@chiffre: ")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]><AvisPaiement>&m;</AvisPaiement>"
)


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>',
        "<!DOCTYPE a><a/>",
    ],
)
def test_no_document_type_no_entity_nothing_from_outside(body):
    (finding,) = read(body).findings
    assert finding.id == "message.unreadable" and "Forbidden" in finding.detail and "root:" not in finding.detail


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"\x00", b"\xff\xfe", b"<", "<a>é</a>".encode("latin-1"),
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b"<a>" * 5000 + b"</a>" * 5000, b"<a/><b/>", b"<?xml version='1.0'?>",
    ],
)  # fmt: skip
def test_what_is_no_document_is_unreadable(body):
    assert ids(body) == ["message.unreadable"]


def test_another_encoding_is_read_when_it_is_declared():
    body = BODY.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert read(body).message == AVIS


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_damage_crashes(data):
    body = bytearray(BODY.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    decoded = read(bytes(body))
    assert decoded.message is not None or any(item.outcome == "fail" for item in decoded.findings)


def test_repeated_elements_are_a_list_when_told_plainly():
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - of this test alone

    element = fromstring("<a x='1'><b>1</b><b>2</b><c/>t</a>")
    assert plain(element, None) == {"@x": "1", "#text": "t", "b": ["1", "2"], "c": ""}

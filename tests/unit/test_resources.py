"""Data files: compiled entries are current, YAML has no surprises."""

import pytest

from fpsctl.resources import COMPILED, Unreadable, compile_light, line_of, parse_yaml


def test_the_compiled_entries_are_current():
    assert COMPILED.read_bytes() == compile_light(), "run python -m fpsctl.resources"


def test_yaml_words_stay_words():
    read = parse_yaml(b"on: off\nyes: no\nat: 10:15\nday: 2026-02-30\nsiret: 00123\nn: 12\nx: 1.5\nt: true\nz: null\n")
    assert read == {
        "on": "off", "yes": "no", "at": "10:15", "day": "2026-02-30", "siret": "00123", "n": 12, "x": 1.5, "t": True,
        "z": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: 1\nb: [1, 2\n", 3),
        (b"a: 1\n\ta: 2\n", 2),
        (b"a: 1\nb: 2\na: 3\n", 3),
        (b"x: !!python/object/apply:os.system [ls]\n", 1),
        (b"a: &a [x]\nb: [" + b"*a," * 200 + b"]\n", None),
        (b"\xff\xfe\x00", None),
        (b"[" * 5000, None),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(content, line):
    with pytest.raises(Unreadable) as caught:
        parse_yaml(content)
    assert line is None or caught.value.line == line


def test_a_path_is_found_by_its_line():
    content = b"a:\n  - x: 1\n  - y: 2\nb: 3\n"
    assert line_of(content, ("a", 1, "y")) == 3
    assert line_of(content, ("a", 1, "missing")) == 3
    assert line_of(content, ("b",)) == 4

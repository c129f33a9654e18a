"""A report as JUnit XML, as GitLab and Jenkins read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from fpsctl.render.errors import hint_of, message_of
from fpsctl.render.interface import words
from fpsctl.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fpsctl.checks import Finding
    from fpsctl.errors import FpsctlError

_SUITE = "fpsctl.conformance"
_LINT = "fpsctl.lint"
_FAILURES = ("fail", "unknown")
_SKIPPED = ("not-testable", "skip", "n/a")


def junit(result: Mapping[str, Any], seconds: Mapping[str, float]) -> str:
    """Return one test suite, a test case a case: failed, in error (our fault) or skipped with its reason."""
    cases = result["cases"]
    outcomes = [case["outcome"] for case in cases]
    suite = ET.Element(
        "testsuite",
        name=f"{_SUITE} {result['product']} {result['version']}",
        tests=str(len(cases)),
        failures=str(sum(outcome in _FAILURES for outcome in outcomes)),
        errors=str(outcomes.count("error")),
        skipped=str(sum(outcome in _SKIPPED for outcome in outcomes)),
        time=_time(sum(seconds.values())),
        timestamp=result["genere_le"],
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(result):
        ET.SubElement(properties, "property", name=name, value=_printable(value))
    for case in cases:
        _test(suite, case, seconds.get(case["id"], 0.0))
    return _document(suite)


def junit_error(error: FpsctlError, name: str = _SUITE) -> str:
    """Return a test suite of one test case in error: the run could not start, or did not end."""
    suite = ET.Element("testsuite", name=name, tests="1", failures="0", errors="1", skipped="0", time=_time(0))
    test = ET.SubElement(suite, "testcase", classname=name, name="run", time=_time(0))
    message = _printable(message_of(error))
    broken = ET.SubElement(test, "error", type=error.code, message=message)
    broken.text = f"[{error.code}] {message}\n{_printable(hint_of(error))}"
    return _document(suite)


def lint_junit(result: Mapping[str, Any], findings: Sequence[Finding], *, strict: bool = False) -> str:
    """Return one test suite of a check of messages: a test case a rule that spoke, or that could not judge all.

    `strict`: warnings are failures too.
    """
    rules, severities = result["rules"], ("error", "warning") if strict else ("error",)
    failed = [rule for rule in rules if rule["findings"] and rule["severity"] in severities]
    skipped = [rule for rule in rules if not rule["findings"] and rule["judged"] <= 0]
    suite = ET.Element(
        "testsuite",
        name=_LINT,
        tests=str(max(len(rules), 1)),
        failures=str(len(failed)),
        errors="0",
        skipped=str(len(skipped)),
        time=_time(0),
    )
    properties = ET.SubElement(suite, "properties")
    profile = result["profile"]
    facts = [("fpsctl", result["fpsctl"]), ("profile", f"{profile['id']} {profile['version']}")]
    facts += [("reserve", profile["reserve"] or "-"), ("provenance", words(profile))]
    facts.append(("messages", str(result["messages"])))
    for name, value in facts:
        ET.SubElement(properties, "property", name=name, value=_printable(value))
    for rule in rules:
        details = [finding.detail for finding in findings if finding.id == rule["id"]]
        _rule(suite, rule, details, failed=rule in failed)
    if not rules:
        ET.SubElement(suite, "testcase", classname=_LINT, name="lint", time=_time(0))
    return _document(suite)


def _rule(suite: ET.Element, rule: Mapping[str, Any], details: Sequence[str], *, failed: bool) -> None:
    test = ET.SubElement(suite, "testcase", classname=_LINT, name=rule["id"], time=_time(0))
    told = "\n".join(_printable(detail) for detail in details)
    reasons = ", ".join(f"{text(f'lint.unjudged.{name}')}: {count}" for name, count in rule["not_judged"].items())
    if failed:
        broken = ET.SubElement(test, "failure", type=rule["severity"], message=f"{rule['findings']}: {rule['titre']}")
        broken.text = told
    elif rule["findings"]:
        ET.SubElement(test, "system-out").text = told
    elif rule["judged"] > 0:
        ET.SubElement(test, "system-out").text = _printable(reasons)
    else:
        ET.SubElement(test, "skipped", message=_printable(reasons))


def _document(suite: ET.Element) -> str:
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _facts(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    profile = result["profile"]
    return [
        ("editor", result["editor"]),
        ("product", result["product"]),
        ("version", result["version"]),
        ("suite", result["suite"]),
        ("fpsctl", result["fpsctl"]),
        ("profile", f"{profile['id']} {profile['version']}"),
        ("reserve", profile["reserve"] or "-"),
        ("provenance", words(profile)),
    ]


def _test(suite: ET.Element, case: Mapping[str, Any], seconds: float) -> None:
    test = ET.SubElement(
        suite, "testcase", classname=f"{_SUITE}.{case['id'].partition('.')[0]}", name=case["id"], time=_time(seconds)
    )
    outcome, detail = case["outcome"], _printable(case["detail"])
    if outcome in _SKIPPED:
        ET.SubElement(test, "skipped", message=detail)
    elif outcome == "error" or outcome in _FAILURES:
        tag = "error" if outcome == "error" else "failure"
        broken = ET.SubElement(test, tag, type=outcome, message=detail)
        broken.text = "\n".join([_printable(case["titre"]), case["requirement"], detail, f"log: {case['preuves']}"])
    if case["note"]:
        ET.SubElement(test, "system-out").text = _printable(case["note"])


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _printable(words: str) -> str:
    """Replace what XML 1.0 cannot hold."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in words)

"""Whatever is in a fine: no crash, a message exactly when no finding forbids it, nothing lost silently."""

import copy
import re

import pytest
from convert_helpers import CORRECTION, FINE, PARIS, converted, town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fpsctl.antai import codec_for, load_profile
from fpsctl.convert.table import KNOWN
from fpsctl.errors import LocalError

QUICK = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False), WORDS
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
LIKELY = st.sampled_from(
    ["INITIAL", "CORRECTION", "ANTAI", "LOCAL", "FR", "D", "ES", "SS-001-AA", "2026-03-02T10:00:00",
     "2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-03-02T10:00:00Z", "2026-03-20", "Z1", "Z2", "PT96H", "35,00 €",
     96, 35, 3500, 220, 0, f"{PARIS}261061995008", f"{PARIS}260095996003", "AG-1", "PAID", {"amount": 220},
     {"familyName": "F"}]
)  # fmt: skip
VALUES = LIKELY | JSON
ODD = st.dictionaries(st.sampled_from(sorted(KNOWN)) | WORDS, VALUES, max_size=6)


def laid(base, values):
    """Return the fine with dotted names set; a group that is none any more is left as it is."""
    fine = copy.deepcopy(base)
    for path, value in values.items():
        *parents, last = path.split(".")
        group = fine
        for parent in parents:
            group = group.setdefault(parent, {}) if isinstance(group, dict) else group
        if isinstance(group, dict):
            group[last] = value
    return fine


def outcome(folder, *fines):
    done = converted(folder, *fines)
    return done.result["fines"], done


def holds(fine, done):
    """A message stands exactly where no finding is an error, and its wire reads back as it."""
    errors = [finding for finding in fine["findings"] if finding["severity"] == "error"]
    assert (fine["message"] is None) == bool(errors), fine
    if fine["message"] is None:
        return
    decoded = codec_for(load_profile("public")).decode(fine["kind"], done.wire[f"{fine['numero']}.json"])
    assert decoded.message is not None, decoded.findings
    assert decoded.message.model_dump(mode="json", exclude_none=True) == fine["message"]
    assert [finding.id for finding in decoded.findings] == []


@QUICK
@given(value=JSON)
def test_any_json_is_told(tmp_path, value):
    fines, done = outcome(town(tmp_path), value)
    assert len(fines) == (len(value) if isinstance(value, list) else 1)
    for fine in fines:
        holds(fine, done)


@QUICK
@given(
    content=st.binary(max_size=60) | WORDS.map(str.encode) | st.binary(max_size=20).map(lambda end: b'[{"a": 1},' + end)
)
def test_any_bytes_are_told(tmp_path, content):
    from fpsctl.convert import Order, convert  # noqa: PLC0415 - the one test that writes its file itself

    path = tmp_path / "fines"
    path.write_bytes(content)
    done = convert(Order("fnms", [str(path)]), tmp_path)
    assert done.findings
    assert done.wire == {}


@QUICK
@given(base=st.sampled_from([FINE, CORRECTION]), odd=ODD)
def test_any_fine_becomes_a_message_that_antai_can_write_or_says_why_not(tmp_path, base, odd):
    fines, done = outcome(town(tmp_path), laid(base, odd))
    holds(fines[0], done)


def leaves(value, path=()):
    """Every value of a fine that is not empty, with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif value is not None and str(value).strip():
        yield path


def without(fine, path):
    fine = copy.deepcopy(fine)
    group = fine
    for step in path[:-1]:
        group = group[step]
    del group[path[-1]]
    return fine


def told(path, findings):
    """Whether a finding names the value, or what holds it."""
    names = [step for step in path if isinstance(step, str)]
    said = "\n".join(finding["detail"] for finding in findings)
    paths = (re.escape(".".join(names[:count])) for count in range(1, len(names) + 1))
    return any(re.search(rf"(?<![\w.]){path}(?!\.?\w)", said) for path in paths)


PLAIN = st.from_regex(r"[a-z]{4,8}", fullmatch=True)
EXTRA = {
    "fineId": PLAIN, "rootFineLegalId": st.just(f"{PARIS}261061995008"), "parent": PLAIN, "agent.name": PLAIN,
    "agent.worksFor": st.sampled_from([PARIS, "13000000300009", 5]), "cityId": st.sampled_from([PARIS, "75056"]),
    "terminalId": st.sampled_from(["995", "7", 995]), "parkId": PLAIN, "statementLocation": st.lists(PLAIN, min_size=1),
    "licensePlate.pricingCategory": PLAIN, "licensePlate.other": PLAIN, "vehicle.model": PLAIN,
    "vehicle.vehicleCategory": PLAIN, "notificationDatetime": PLAIN, "authTransfertDatetime": PLAIN,
    "validityDatetime": st.just("2026-03-02T12:00:00Z"), "reducedDatetime": st.just("2026-03-04T12:00:00Z"),
    "startDatetime": st.just("2026-03-02T09:00:00+01:00"), "endDatetime": st.just("2026-03-02T11:00:00+01:00"),
    "surcharge": st.sampled_from([0, 50]), "reducedFinePrice": st.sampled_from([1000, 3500]),
    "reducedPriceDuration": st.sampled_from([96, 7, "PT96H"]),
    "payments": st.sampled_from([220, [220], [1, 2], {"amount": 220}, {"amount": 220, "method": "x"}]),
    "paymentStatus": st.sampled_from(["PENDING", "PAID", "ODD"]), "comments": st.lists(PLAIN),
    "pictures": st.lists(PLAIN),
    "significantRights": st.lists(PLAIN), "recourseOrganization": PLAIN, "upsId": PLAIN, "strange": JSON,
    "offender": st.fixed_dictionaries({}, optional={
        "honorificPrefix": PLAIN, "givenName": PLAIN, "familyName": PLAIN,
        # Told apart from the others: one that takes the place of another must change the message.
        "maidenName": st.from_regex(r"[A-Z]{4,8}", fullmatch=True),
        "organizationId": st.from_regex(r"[0-9]{4,8}", fullmatch=True),
        "other": PLAIN, "address": PLAIN | st.fixed_dictionaries({}, optional={
            "streetNumber": st.integers(1, 99), "streetName": PLAIN, "postalCode": PLAIN, "odd": PLAIN}),
    }),
    "representative": st.fixed_dictionaries({}, optional={"givenName": PLAIN, "address": PLAIN}),
    "fpsctl": st.fixed_dictionaries({"rapo_recu_le": st.just("2026-03-20")},
                                    optional={"signature": PLAIN, "etabli_le": st.just("2026-04-05"), "odd": PLAIN}),
}  # fmt: skip


@QUICK
@given(base=st.sampled_from([FINE, CORRECTION]), data=st.data())
def test_nothing_is_lost_silently(tmp_path, base, data):
    """Each value is named by a finding, or taking it out changes the message."""
    chosen = data.draw(st.sets(st.sampled_from(sorted(EXTRA)), max_size=12))
    fine = laid(base, {name: data.draw(EXTRA[name]) for name in sorted(chosen)})
    here = town(tmp_path)
    (whole,), _ = outcome(here, fine)
    if whole["message"] is None:
        return  # the whole of it is told as not converted
    for path in leaves(fine):
        if not told(path, whole["findings"]):
            (less,), _ = outcome(here, without(fine, path))
            assert less["message"] != whole["message"], (path, whole["findings"])


def test_the_property_above_sees_a_loss():
    assert told(("a", "b"), [{"detail": "a.b: not carried"}])
    assert told(("a", 0, "b"), [{"detail": "x, a: not carried"}])
    assert not told(("a", "b"), [{"detail": "a.bc, xa.b: not carried"}])


@pytest.mark.parametrize("profile", ["nowhere"])
def test_an_unknown_profile_is_one_error(tmp_path, profile):
    with pytest.raises(LocalError, match=r"profile\.unknown"):
        converted(town(tmp_path), FINE, profile=profile)

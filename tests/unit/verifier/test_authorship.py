"""PF-8: keys, certificates, chains and revocation, as they stood when somebody signed."""

from datetime import timedelta

import pytest
from cryptography import x509

from tests.unit.verifier.authorities import BEGAN, YEAR, House, authority, certify, person, revocation_list
from tests.unit.verifier.changing import edited, path_of, rewritten, without
from tests.unit.verifier.writer import Plan, Writer, write

SOON, LONG_AGO = BEGAN + 10 * YEAR, BEGAN + timedelta(days=1)


def signed_by(house, holder, **plan):
    """Return a bundle in which the performer signs with another key and certificate, logged like any."""
    other = House.__new__(House)
    other.__dict__ |= {**house.__dict__, "performer": holder}
    return write(other, **plan)


def with_signer(**changes):
    return lambda manifest: {**manifest, "signer": {**manifest["signer"], **changes}}


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    "changes",
    [
        {"uses": [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]},
        {"usages": ("key_encipherment",)},
        {"ca": True},
        {"end": LONG_AGO},
        {"begin": SOON},
    ],
    ids=["for servers", "not for signing", "an authority", "ended", "not begun"],
)
def test_a_certificate_that_could_not_sign_then_fails(house, judge, changes):
    holder = person("person:performer", house.issuing, **changes)

    assert judge(signed_by(house, holder))["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_a_certificate_without_extended_uses_signs(house, judge):
    holder = person("person:performer", house.issuing, uses=None)

    assert judge(signed_by(house, holder))["PF-8"] == "PASS"


@pytest.mark.requirement("PF-8")
def test_a_certificate_of_another_authority_fails(house, judge):
    stranger = authority("Hub Issuing", authority("Hub Root"))
    found = judge(signed_by(house, person("person:performer", stranger)))

    assert found["PF-8"] == "FAIL"
    assert "chain-untrusted" in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
def test_a_certificate_issued_by_a_person_fails(house, judge):
    between = person("person:assessor", house.issuing)
    holder = person("person:performer", between)
    files = signed_by(house, holder)
    files[f"evidence/certificates/{between.fingerprint}.pem"] = between.pem
    found = judge(files)

    assert found["PF-8"] == "FAIL"
    assert "certificate-no-authority" in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
def test_a_certificate_of_somebody_else_fails(house, judge):
    found = judge(signed_by(house, person("person:other", house.issuing)))

    assert found["PF-8"] == "FAIL"
    assert "certificate-of-another" in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (with_signer(key="00" * 32), "signature-other-key"),
        (with_signer(certificate="00" * 32), "signature-other-certificate"),
        (with_signer(pseudonym="person:nobody"), "signature-other-actor"),
        (lambda manifest: {**manifest, "algorithms": {"digest": "sha-1"}}, "signature-algorithms"),
    ],
    ids=["key", "certificate", "pseudonym", "algorithms"],
)
def test_a_manifest_that_names_another_signer_fails(house, judge, change, code):
    found = judge(write(house, manifest=change))

    assert found["PF-8"] == "FAIL"
    assert code in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize("member", ["value", "public_key", "certificate"])
def test_parts_of_another_signature_fail(good, judge, member):
    import json

    other = json.loads(good["evidence/signatures/sig-1.json"])
    files = rewritten(good, "signatures/sig-0.json", lambda said: {**said, member: other[member]})

    assert judge(files)["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_a_swapped_key_that_signs_again_fails(house, judge):
    thief = person("person:performer", house.issuing)

    def signer(name):
        return thief if name == "person:performer" else name

    found = judge(write(house, signer=signer))

    assert found["PF-8"] == "FAIL"
    assert "certificate-missing" in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    ("when", "since", "answer", "code"),
    [
        (LONG_AGO, None, "FAIL", "revoked"),
        (SOON, None, "PASS", "revoked-later"),
        (SOON, LONG_AGO, "INDETERMINATE", "contested"),
        (SOON, SOON - YEAR, "PASS", "revoked-later"),
        (LONG_AGO, LONG_AGO, "FAIL", "revoked"),
    ],
    ids=["before", "after", "suspected since before", "suspected since after", "before, suspected"],
)
def test_a_revocation_counts_from_its_date(house, judge, when, since, answer, code):
    files = write(house, revoked=((house.performer.certificate, when, since),))
    found = judge(files)

    assert found["PF-8"] == answer
    assert code in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize(
    "plan",
    [{"lists": False}, {"log_lists": False}, {"lists_until": BEGAN + timedelta(days=2)}],
    ids=["none", "none that was logged", "none that was current"],
)
def test_without_a_revocation_list_of_the_time_evidence_is_missing(house, judge, plan):
    files = write(house, **plan)

    assert judge(files)["PF-8"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-8"] == "INDETERMINATE"


@pytest.mark.requirement("PF-8")
def test_a_revocation_list_counts_though_nobody_logged_it(house, good, judge):
    revoked = [(house.performer.certificate, LONG_AGO, None)]
    data = revocation_list(house.issuing, 2, revoked=revoked)
    files = {**good, f"evidence/revocation-lists/{house.issuing.fingerprint}-2.pem": data}

    assert judge(files)["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_a_revocation_list_of_somebody_else_counts_for_nothing(house, good, judge):
    stranger = authority("Hub Issuing")
    data = revocation_list(stranger, 2, revoked=[(house.performer.certificate, LONG_AGO, None)])
    files = {**good, f"evidence/revocation-lists/{house.issuing.fingerprint}-2.pem": data}

    assert judge(files)["PF-8"] == "PASS"


@pytest.mark.requirement("PF-8")
def test_a_revocation_list_under_another_number_fails(good, judge):
    path = next(path for path in good if "revocation-lists/" in path)
    files = {**without(good, path), path.replace("-1.pem", "-7.pem"): good[path]}

    assert judge(files)["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize("place", range(3))
def test_a_certificate_that_is_not_what_its_name_says_fails(good, judge, place):
    names = sorted(path for path in good if "certificates/" in path)
    files = {**good, names[place]: good[names[place - 1]]}

    assert judge(files)["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_a_certificate_with_more_around_it_fails(good, judge):
    path = path_of(good, "certificates/")

    assert judge(edited(good, path, lambda data: b"# by hand\n" + data))["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_a_certificate_that_no_line_logged_is_missing_evidence(house, judge):
    def unlogged(line):
        return {**line, "rows": []} if line["action"] == "identity:person:confirm" else line

    files = write(house, line=unlogged)

    assert judge(files)["PF-8"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-8"] == "INDETERMINATE"


@pytest.mark.requirement("PF-8", "KM-6")
def test_a_list_signed_anew_under_a_number_that_was_published_is_not_the_logged_one(house, judge):
    revoked = ((house.performer.certificate, LONG_AGO, None),)
    files = write(house, revoked=revoked)
    path = f"evidence/revocation-lists/{house.issuing.fingerprint}-1.pem"
    without = files | {path: revocation_list(house.issuing)}

    assert judge(files)["PF-8"] == "FAIL"
    assert judge(without)["PF-8"] == "FAIL"
    assert judge(without, required=["PF-1"])["PF-8"] == "INDETERMINATE"


@pytest.mark.requirement("PF-8")
def test_a_signature_without_a_certificate_is_missing_evidence(house, judge):
    files = write(house, certified=False)

    assert judge(files)["PF-8"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-8"] == "INDETERMINATE"


@pytest.mark.requirement("PF-8")
def test_a_stripped_signature_is_missing_evidence_for_all_that_rest_on_it(good, judge):
    files = without(good, "signatures/sig-3")
    required, not_required = judge(files), judge(files, required=["PF-1"])

    for statement in ("PF-5", "PF-6", "PF-7", "PF-8", "PF-9"):
        assert (required[statement], not_required[statement]) == ("FAIL", "INDETERMINATE")


@pytest.mark.requirement("PF-8")
def test_a_signature_that_no_line_names_fails(house, good, judge):
    other = Writer(house, Plan())
    other.finish()
    stray = other.files["signatures/sig-1.json"].replace(b'"id":"sig-1"', b'"id":"sig-9"')

    assert judge({**good, "evidence/signatures/sig-9.json": stray})["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-8")
def test_names_outside_what_an_authority_may_give_are_refused(house):
    from app.verifier.parts.certificates import check_names
    from app.verifier.parts.faults import Malformed
    from tests.unit.verifier.authorities import constrained

    limited = constrained("Limited", "Hub Trainees")
    inside, outside = (certify(name, house.root).certificate for name in ("Hub Trainees", "Somebody"))
    check_names(limited, inside)

    with pytest.raises(Malformed, match="certificate-name"):
        check_names(limited, outside)


@pytest.mark.requirement("PF-8")
@pytest.mark.parametrize("action", ["notebook:step:verify", "notebook:record:complete", "assessment:record:approve"])
def test_an_act_done_without_its_signature_fails(house, judge, action):
    def unsigned(line):
        return {**line, "after": {"record": line["after"].get("record")}} if line["action"] == action else line

    found = judge(write(house, line=unsigned))

    assert found["PF-8"] == "FAIL"
    assert "act-unsigned" in found["PF-8 codes"]


@pytest.mark.requirement("PF-8")
def test_a_signature_that_two_acts_name_fails(house, judge):
    first = []

    def borrowed(line):
        if line["action"] == "notebook:record:complete":
            first.append(line["after"]["signature"])
        if line["action"] == "assessment:exception:judge":
            return {**line, "after": {**line["after"], "signature": first[0]}}
        return line

    found = judge(write(house, line=borrowed))

    assert found["PF-8"] == "FAIL"
    assert "act-of-another" in found["PF-8 codes"]

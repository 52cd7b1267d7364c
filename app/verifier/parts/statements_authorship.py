"""The statement about who signed: key, certificate, chain and revocation (PF-8)."""

from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from app.verifier.parts.bundle import Line, Signature
from app.verifier.parts.canonical import read_time, sha256_hex
from app.verifier.parts.case import SIGNING_ACTIONS, Case
from app.verifier.parts.certificates import der_of_pem, find_chain, names_of, spki_of
from app.verifier.parts.faults import Malformed
from app.verifier.parts.findings import Findings
from app.verifier.parts.notes import decode_base64
from app.verifier.parts.passkeys import judge_passkey
from app.verifier.parts.revocation import revoked_at
from app.verifier.parts.statements_time import latest_bound, shown_time

ALGORITHMS = {"digest": "sha-256", "signature": "ecdsa-p256-sha256"}


def judge_authorship(case: Case, found: Findings) -> None:
    """PF-8: each signature was made with a key that was certified, valid and unrevoked at its time."""
    held = case.certificates
    lists = case.revocations
    for name, error in sorted(case.certificate_faults.items()):
        found.fault(error.code, certificate=name, **error.about)
    for lost in case.lost_signatures:
        found.gap("signature-missing", line=lost.name)
    if not case.bundle.signatures and not case.lost_signatures:
        (found.remark if case.is_whole_chain else found.gap)("nothing-signed")
    _judge_acts(case, found)
    for signature in case.signatures:
        line = case.signature_lines.get(signature.digest)
        try:
            if line is None:
                raise Malformed("signature-without-line")
            key = _judge_value(signature, line)
            judge_passkey(case, signature, found)
            _judge_certificate(case, signature, key, found)
        except Malformed as error:
            found.fault(error.code, **{"signature": signature.identity, **error.about})
    _tell_stamped_lists(case, found)
    found.remark("authors", signatures=len(case.signatures), certificates=len(held), lists=len(lists))


def _tell_stamped_lists(case: Case, found: Findings) -> None:
    """Say how many revocation lists are known, from a time stamp over the line that logged them, to have existed."""
    rows = [row for row in case.rows.values() if row.table == "revocation_list"]
    lines = [line for row in rows if (line := case.line_of(row))]
    bounds = [bound for line in lines if (bound := latest_bound(case, line)) and bound.digest in case.upheld]
    if bounds:
        latest = max(bound.token.time for bound in bounds)
        found.remark("lists-stamped", count=len(bounds), of=len(rows), time=shown_time(latest))


def _judge_acts(case: Case, found: Findings) -> None:
    """Every act that is done by signing names a signature, and none names that of another."""
    for line in case.chain:
        named = line.after.get("signature")
        if line.action in SIGNING_ACTIONS.values() and not isinstance(named, str):
            found.fault("act-unsigned", line=line.name, action=line.action)
        elif isinstance(named, str) and case.signature_lines[named] is not line:
            found.fault("act-of-another", line=line.name, action=line.action)


def _judge_value(signature: Signature, line: Line) -> bytes:
    """Verify the value of a signature with the key beside it; return the key's DER."""
    der = der_of_pem(signature.public_key.encode(), "PUBLIC KEY")
    try:
        key = load_der_public_key(der)
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Malformed("signature-key")
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
            raise Malformed("signature-key")
        if signature.says("algorithms") != ALGORITHMS:
            raise Malformed("signature-algorithms")
        value = decode_base64(signature.value)
        key.verify(value, signature.manifest_text.encode("utf-8"), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Malformed("signature-value") from error
    except Malformed:
        raise
    except Exception as error:  # a crafted key makes the library raise several kinds
        raise Malformed("signature-key") from error
    if signature.says("signer", "key") != sha256_hex(der):
        raise Malformed("signature-other-key")
    if signature.says("signer", "pseudonym") != line.said["actor"]:
        raise Malformed("signature-other-actor", line=line.name)
    return der


def _judge_certificate(case: Case, signature: Signature, key: bytes, found: Findings) -> None:
    """Follow a signature's certificate to a root, as things were at the manifest's time."""
    named, name = signature.says("signer", "certificate"), signature.identity
    if named != signature.certificate:
        raise Malformed("signature-other-certificate")
    if named is None:
        found.gap("no-certificate", signature=name)
        return
    certificate = case.certificates.get(named)
    if certificate is None:
        if named not in case.certificate_faults:
            found.gap("certificate-missing", signature=name)
        return
    at = read_time(signature.says("time"))
    if spki_of(certificate) != key:
        raise Malformed("signature-other-certificate")
    pseudonym = str(signature.says("signer", "pseudonym"))
    if not names_of(certificate) & {pseudonym, pseudonym.partition(":")[2]}:
        raise Malformed("certificate-of-another", subject=certificate.subject.rfc4514_string())
    chain = find_chain(certificate, list(case.certificates.values()), case.trust.roots, at, "document")
    if not _was_logged(case, named, at):
        found.gap("certificate-not-logged", signature=name)
    for subject, issuer in pairwise(chain):
        _judge_revocation(case, subject, issuer, at, found)
    found.remark("signed-by", signature=name, pseudonym=pseudonym, subject=certificate.subject.rfc4514_string())


def _was_logged(case: Case, named: str, at: datetime) -> bool:
    """Say whether a line logged a certificate, before it was used."""
    latest = at + timedelta(seconds=case.trust.tolerance)
    line = case.line_of_certificate(named)
    return line is not None and read_time(line.said["time"]) <= latest


def _judge_revocation(
    case: Case, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, found: Findings
) -> None:
    """Ask every list of an issuer about a certificate; what revokes counts logged or not, what clears only logged."""
    lists = case.lists_of(issuer)
    name = certificate.subject.rfc4514_string()
    if not any(one.is_logged and one.was_current(at) for one in lists):
        found.gap("no-revocation-list", subject=name, time=shown_time(at))
    for one in lists:
        revoked = revoked_at(one, certificate)
        if revoked and revoked[0] <= at:
            found.fault("revoked", subject=name, time=shown_time(revoked[0]))
        elif revoked and revoked[1] <= at:
            found.doubt("contested", subject=name, time=shown_time(revoked[1]))
        elif revoked:
            found.remark("revoked-later", subject=name, time=shown_time(revoked[0]))

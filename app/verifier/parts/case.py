"""A bundle before the judge: what of it is proven, worked out once and asked by all statements."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography import x509

from app.verifier.parts.bundle import HUB, OPERATOR, Bundle, Line, Row, Signature
from app.verifier.parts.canonical import read_canonical, sha256_hex
from app.verifier.parts.certificates import fingerprint, read_certificate
from app.verifier.parts.faults import Malformed
from app.verifier.parts.notes import (
    Checkpoint,
    NoteSignature,
    log_signature,
    note_as_signed,
    read_checkpoint,
    read_hashes,
    read_inclusion,
)
from app.verifier.parts.revocation import RevocationList, is_signed_by, read_list
from app.verifier.parts.timestamps import Token, read_token, verify_token
from app.verifier.parts.tree import is_consistent, root_of_inclusion
from app.verifier.parts.trust import Trust


@dataclass(frozen=True)
class GoodToken:
    """A token that is good, the checkpoint that it covers, and until when its authority's certificates hold."""

    digest: str
    token: Token
    log: str
    size: int
    ends: datetime


class Case:
    """A bundle and the trust it is judged by. A line, checkpoint or token that is not proven counts as not there."""

    def __init__(self, bundle: Bundle, trust: Trust, now: datetime) -> None:
        self.bundle = bundle
        self.trust = trust
        self.now = now
        self.line_faults: dict[tuple[str, int], Malformed] = {}
        self.checkpoint_faults: dict[tuple[str, int], Malformed] = {}
        self.token_faults: dict[str, Malformed] = {}
        self.certificate_faults: dict[str, Malformed] = {}
        self._lists: dict[str, list[RevocationList]] = {}

    @cached_property
    def signed(self) -> dict[tuple[str, int], tuple[Checkpoint, bytes]]:
        """Return the checkpoints that a key of the trust file signed, each with its note as the log signed it."""
        found = {}
        for (log, size), data in sorted(self.bundle.checkpoints.items()):
            try:
                checkpoint = read_checkpoint(data)
                if log not in self.bundle.about["log"] or (checkpoint.origin, checkpoint.size) != (
                    self.bundle.origin(log),
                    size,
                ):
                    raise Malformed("checkpoint-elsewhere")
                found[log, size] = checkpoint, note_as_signed(checkpoint, self._signature_of_log(checkpoint))
            except Malformed as error:
                self.checkpoint_faults[log, size] = error
        return found

    def _signature_of_log(self, checkpoint: Checkpoint) -> NoteSignature:
        """Return the log's signature by a key for this size; Malformed, with a word for a key for other sizes."""
        origin, size = checkpoint.origin, checkpoint.size
        try:
            return log_signature(checkpoint, self.trust.keys_for(origin, size))
        except Malformed as error:
            others = [one.key for one in self.trust.logs if one.origin == origin and not one.may_sign(origin, size)]
            if error.code == "checkpoint-unsigned" and any(checkpoint.note.made_by(key) for key in others):
                raise Malformed("checkpoint-out-of-range") from error
            raise

    def head(self, log: str) -> Checkpoint | None:
        """Return the newest checkpoint of a log, if it is signed and no other is longer."""
        size = self.bundle.newest(log)
        longest = max((size for name, size in self.bundle.checkpoints if name == log), default=None)
        if size is None or size != longest or (log, size) not in self.signed:
            return None
        return self.signed[log, size][0]

    @cached_property
    def consistent(self) -> dict[tuple[str, int], tuple[Checkpoint, bytes]]:
        """Return the signed checkpoints that the newest of their log continues."""
        found = {}
        for (log, size), (checkpoint, note) in self.signed.items():
            head = self.head(log)
            try:
                if head is None or not self._continues(log, checkpoint, head):
                    raise Malformed("checkpoint-inconsistent")
                found[log, size] = checkpoint, note
            except Malformed as error:
                self.checkpoint_faults[log, size] = error
        return found

    def _continues(self, log: str, old: Checkpoint, new: Checkpoint) -> bool:
        if old.size == new.size:
            return old.root == new.root
        data = self.bundle.consistency.get((log, old.size, new.size))
        if data is None and old.size:
            raise Malformed("consistency-missing")
        try:
            lines = (data or b"").decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed("proof-hashes") from error
        if lines.pop() != "":
            raise Malformed("proof-hashes")
        return is_consistent((old.size, old.root), (new.size, new.root), read_hashes(lines))

    @cached_property
    def lines(self) -> dict[tuple[str, int], Line]:
        """Return the lines that are proven to stand in the newest checkpoint of their log, in order."""
        found = {}
        for place, line in sorted(self.bundle.lines.items()):
            try:
                self._prove(line)
                found[place] = line
            except Malformed as error:
                self.line_faults[place] = error
        return found

    def _prove(self, line: Line) -> None:
        head = self.head(line.log)
        if head is None:
            raise Malformed("head-missing")
        if (line.said["log"], line.said["index"]) != (head.origin, line.index):
            raise Malformed("line-elsewhere")
        if (line.log, line.index) not in self.bundle.proofs:
            raise Malformed("proof-missing")
        proof = read_inclusion(self.bundle.proofs[line.log, line.index])
        if proof.index != line.index or proof.checkpoint.note.text != head.note.text:
            raise Malformed("proof-of-another")
        if root_of_inclusion(line.leaf, line.index, head.size, proof.path) != head.root:
            raise Malformed("proof-of-inclusion")

    @cached_property
    def chain(self) -> list[Line]:
        """Return the proven lines of the record, in order."""
        lines = [line for (log, _), line in self.lines.items() if log == OPERATOR]
        return [line for line in lines if line.said["subject"] == self.bundle.subject]

    @cached_property
    def signature_lines(self) -> dict[str, Line]:
        """Return the line of each signature by the digest of its manifest."""
        found: dict[str, Line] = {}
        for line in self.chain:
            named = line.after.get("signature")
            if isinstance(named, str):
                found.setdefault(named, line)
        return found

    @cached_property
    def signatures(self) -> list[Signature]:
        """Return the signatures in the order of their lines; those without a line last."""
        far = len(self.bundle.lines) + max((index for _, index in self.bundle.lines), default=0)
        lines = self.signature_lines
        return sorted(self.bundle.signatures, key=lambda one: lines[one.digest].index if one.digest in lines else far)

    @cached_property
    def whole_signatures(self) -> list[tuple[Signature, Line]]:
        """Return the signatures of the whole record that have a line, each with it."""
        lines = self.signature_lines
        return [(one, lines[one.digest]) for one in self.signatures if one.says("part") is None and one.digest in lines]

    @cached_property
    def tokens(self) -> dict[str, GoodToken]:
        """Return the good tokens over checkpoints that hold, by their digests."""
        found = {}
        for digest, data in sorted(self.bundle.tokens.items()):
            try:
                found[digest] = self._good_token(digest, data)
            except Malformed as error:
                self.token_faults[digest] = error
        return found

    def _good_token(self, digest: str, data: bytes) -> GoodToken:
        if sha256_hex(data) != digest:
            raise Malformed("misnamed", path=f"tokens/{digest}.tsr")
        token = read_token(data)
        ends = verify_token(token, list(self.certificates.values()), self.trust.timestamp_roots)
        for (log, size), (_, note) in self.consistent.items():
            if token.stamps(note):
                return GoodToken(digest, token, log, size, ends)
        raise Malformed("token-over-nothing")

    @cached_property
    def upheld(self) -> dict[str, GoodToken]:
        """Return the good tokens that still prove: their certificates hold, or a later token renewed them in time.

        A token renews another when its checkpoint includes the line that logged the other, and it was made before the
        other's certificates ended, and it is upheld itself.
        """
        found: dict[str, GoodToken] = {}
        logged = {line.after["token"]: line for line in self.plain_lines("token") if line.action == TOKEN_LOGGED}
        # The longest first: a line that logs a token comes after what the token covers.
        for one in sorted(self.tokens.values(), key=lambda one: one.size, reverse=True):
            line = logged.get(one.digest)
            renewing = (
                line is not None
                and other.log == line.log
                and other.size > line.index >= one.size
                and one.token.time <= other.token.time <= one.ends
                for other in found.values()
            )
            if self.now <= one.ends or any(renewing):
                found[one.digest] = one
        return found

    @cached_property
    def certificates(self) -> dict[str, x509.Certificate]:
        """Return the certificates of the bundle by their fingerprints."""
        found = {}
        for name, data in sorted(self.bundle.certificates.items()):
            try:
                certificate = read_certificate(data)
                if fingerprint(certificate) != name:
                    raise Malformed("misnamed", path=f"certificates/{name}.pem")
                found[name] = certificate
            except Malformed as error:
                self.certificate_faults[name] = error
        return found

    @cached_property
    def revocations(self) -> list[RevocationList]:
        """Return the revocation lists of the bundle."""
        found = []
        for name, data in sorted(self.bundle.revocations.items()):
            issuer, _, written = name.partition("-")
            try:
                number, content = read_list(data)
                if str(number) != written:
                    raise Malformed("misnamed", path=f"revocation-lists/{name}.pem")
                row = self.rows.get(("revocation_list", f"{issuer}/{number}"))
                is_same = row is not None and str(row.columns.get("pem")).encode() == data
                found.append(RevocationList(issuer, number, content, is_same and bool(self.line_of(row))))
            except Malformed as error:
                self.certificate_faults[name] = error
        return found

    def lists_of(self, issuer: x509.Certificate) -> list[RevocationList]:
        """Return the revocation lists that an issuer signed; each signature is verified once."""
        name = fingerprint(issuer)
        if name not in self._lists:
            self._lists[name] = [one for one in self.revocations if is_signed_by(one, issuer)]
        return self._lists[name]

    def plain_lines(self, *members: str) -> list[Line]:
        """Return the proven lines whose `after` has these members, each a text or a number."""
        lines = self.lines.values()
        return [line for line in lines if all(isinstance(line.after.get(name), str | int) for name in members)]

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """Return the rows by table and key."""
        return {(row.table, row.key): row for row in self.bundle.rows or []}

    def line_of(self, row: Row | None) -> Line | None:
        """Return the hub's line that wrote a row of the authority as it is in the bundle: that line logged it."""
        wanted = [row.table, row.key, row.version, row.digest()] if row else None
        lines = (line for (log, _), line in self.lines.items() if log == HUB)
        return next((line for line in lines if wanted in line.said["rows"]), None)

    def line_of_certificate(self, named: str) -> Line | None:
        """Return the line that logged a certificate, given by its fingerprint."""
        rows = [row for row in self.rows.values() if row.table == "certificate"]
        found = (self.line_of(row) for row in rows if row.columns.get("fingerprint") == named)
        return next((line for line in found if line), None)

    @cached_property
    def lost_signatures(self) -> list[Line]:
        """Return the lines that name a signature which is not in the bundle."""
        held = {one.digest for one in self.bundle.signatures}
        return [line for digest, line in self.signature_lines.items() if digest not in held]

    @cached_property
    def is_whole_chain(self) -> bool:
        """Say whether the record's lines count from 1 without a gap and end the record."""
        counted = [line.said["sequence"] for line in self.chain]
        return counted == list(range(1, len(counted) + 1)) and any(
            line.action in CLOSING_ACTIONS for line in self.chain
        )

    @cached_property
    def master(self) -> dict[str, object] | None:
        """Return the master of the exercise, or None where there is none that can be read."""
        try:
            value = read_canonical(self.bundle.exercise or b"")
        except Malformed:
            return None
        return value if isinstance(value, dict) else None

    def logs(self) -> list[str]:
        """Return the logs that the bundle speaks of."""
        return [log for log in (HUB, OPERATOR) if log in self.bundle.about["log"]]


TOKEN_LOGGED = "audit:timestamp:log"
SIGNING_ACTIONS = {
    "PERFORMED": "notebook:record:complete",
    "VERIFIED": "notebook:step:verify",
    "REVIEWED": "assessment:record:review",
    "APPROVED": "assessment:record:approve",
    "REJECTED": "assessment:record:reject",
}
CLOSING_ACTIONS = {
    "assessment:record:approve", "assessment:record:reject", "notebook:record:abort", "notebook:record:void",
}  # fmt: skip

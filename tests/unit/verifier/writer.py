"""A little writer of bundles, from docs/evidence-format.md alone: the verifier is tried on what it never saw."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.verifier.authorities import BEGAN, YEAR, House, TimeAuthority, revocation_list
from tests.unit.verifier.merkle import consistency, inclusion, root_of

NUMBER, RECORD = "PIP-2026-0002", "b714d63e-a626-40e0-85df-3632e5df325b"
SENTENCES = {
    "PERFORMED": "I carried out these steps and entered true values.",
    "VERIFIED": "I checked this independently.",
    "REVIEWED": "I examined the data, the exceptions and the audit trail of this record.",
    "APPROVED": "I accept this record and certify the decision on competency.",
}
MASTER = {
    "code": "PIP-001",
    "sections": [{"id": "s", "steps": [{"id": "a"}, {"id": "b", "check": {"statement": "x"}}, {"id": "c"}]}],
}
FILE = {"@type": "File"}


def canonical(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value) -> str:
    data = value if isinstance(value, bytes) else canonical(value)
    return hashlib.sha256(data).hexdigest()


def commitment(text: str, salt: str = "00" * 16) -> str:
    return hashlib.sha256(b"cahier.commitment.v1\x00" + bytes.fromhex(salt) + text.encode()).hexdigest()


def row_digest(table: str, columns: dict[str, Any]) -> str:
    return hashlib.sha256(b"cahier.row.v1\x00" + canonical([table, columns])).hexdigest()


class Clock:
    """Tells the time, each a millisecond or more after the one before: what came later is later."""

    def __init__(self) -> None:
        self.last = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> str:
        self.last = max(datetime.now(UTC), self.last + timedelta(milliseconds=1))
        return self.last.isoformat(timespec="milliseconds").replace("+00:00", "Z")


now = Clock()


def same(value):
    return value


PICTURE = b"a picture"


@dataclass
class Plan:
    """How a bundle differs from a good one, where it is made: each function is given a thing and returns it changed."""

    line: Callable[[dict[str, Any]], dict[str, Any]] = same
    manifest: Callable[[dict[str, Any]], dict[str, Any]] = same
    signer: Callable[[str], Any] = same
    note: Callable[[str], str] = same
    revoked: tuple[Any, ...] = ()
    lists: bool = True
    stamps: bool = True
    certified: bool = True
    erased: bool = False
    erased_file: bool = False
    said_of_file: Callable[[str], str] = same
    last: str = "assessment:record:approve"
    extra: tuple[Any, ...] = ()
    lists_until: datetime | None = None
    log_lists: bool = True
    is_void: bool = False
    is_returned: bool = False
    stamps_again: TimeAuthority | None = None


@dataclass
class Writer:
    """Writes one record into two logs, and what proves it into files."""

    house: House
    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        self.logs: dict[str, list[dict[str, Any]]] = {"hub": [], "operator": []}
        self.leaves: dict[str, list[bytes]] = {"hub": [], "operator": []}
        self.bodies: dict[str, list[bytes]] = {"hub": [], "operator": []}
        self.files: dict[str, bytes] = {}
        self.rows: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.texts: dict[str, dict[str, Any]] = {}
        self.manifests: list[str] = []
        self.freshness: dict[str, Any] | None = None
        self.comment = "Renversé."

    def keep(self, text: str) -> str:
        self.texts[commitment(text)] = {"salt": "00" * 16, "text": text}
        return commitment(text)

    def put(self, table: str, key: str, columns: dict[str, Any]) -> list[Any]:
        version = self.rows.get((table, key), (0, {}))[0] + 1
        self.rows[table, key] = version, columns
        return [table, key, version, row_digest(table, columns)]

    def write(self, log: str, action: str, subject: str, *, actor="system:worker", after=None, rows=(), reason=None):
        """Write a line, linked to the one before of its subject."""
        mine = [place for place, line in enumerate(self.logs[log]) if line["subject"] == subject]
        signer = self.house.hub if log == "hub" else self.house.operator
        line = {
            "schema": "cahier.line.v1", "log": signer.name, "index": len(self.logs[log]), "time": now(),
            "clock": "server", "actor": actor, "role": "none", "session": None, "action": action, "subject": subject,
            "sequence": len(mine) + 1, "previous": self.leaves[log][mine[-1]].hex() if mine else None, "before": {},
            "after": after or {}, "reason": reason, "rows": sorted(rows), "release": "0.1.0",
        }  # fmt: skip
        line = self.plan.line(line)
        self.logs[log].append(line)
        self.bodies[log].append(canonical(line))
        self.leaves[log].append(hashlib.sha256(b"\x00" + canonical(line)).digest())

    def checkpoint(self, log: str) -> bytes:
        """Sign a checkpoint over the log as it is; return the note as the log signed it."""
        signer = self.house.hub if log == "hub" else self.house.operator
        size = len(self.leaves[log])
        text = f"{signer.name}\n{size}\n{base64.b64encode(root_of(self.leaves[log])).decode()}\n"
        note = self.plan.note(f"{text}\n{signer.line(text)}")
        self.files[f"checkpoints/{log}/{size}.txt"] = (note + self.house.witness.line(text)).encode()
        return note.encode()

    def stamp(self, note: bytes, times: TimeAuthority | None = None) -> str:
        token = (times or self.house.times).stamp(note)
        self.files[f"tokens/{digest(token)}.tsr"] = token
        return digest(token)

    def anchor(self) -> None:
        """Have the operator's log stamped, and log the token."""
        note, size = self.checkpoint("operator"), len(self.leaves["operator"])
        if self.plan.stamps:
            root = root_of(self.leaves["operator"]).hex()
            token = self.stamp(note)
            self.freshness = {"origin": self.house.operator.name, "size": size, "root": root, "token": token}
            after = {"token": token, "size": size}
            self.write("operator", "audit:timestamp:log", "timestamp:1", after=after)

    def found(self) -> None:
        """Write the hub's lines: release, certificates, lists."""
        house = self.house
        after = {"version": "0.1.0", "digest": "ab" * 32}
        self.write("hub", "audit:release:record", "release:0.1.0", after=after)
        for holder in (house.issuing, house.performer, house.assessor):
            self.files[f"certificates/{holder.fingerprint}.pem"] = holder.pem
            serial, columns = holder.certificate.serial_number, {"fingerprint": holder.fingerprint, "kind": "person"}
            row = self.put("certificate", f"{serial:x}", columns | {"pem": holder.pem.decode()})
            self.write("hub", "identity:person:confirm", f"person:{serial:x}", rows=[row])
        until = self.plan.lists_until or BEGAN + 20 * YEAR
        for issuer, revoked in ((house.root, ()), (house.issuing, self.plan.revoked)) if self.plan.lists else ():
            data = revocation_list(issuer, revoked=revoked, until=until)
            self.files[f"revocation-lists/{issuer.fingerprint}-1.pem"] = data
            listed: dict[str, Any] = {"issuer": issuer.fingerprint, "number": 1, "pem": data.decode()}
            if self.plan.log_lists:
                row = self.put("revocation_list", f"{issuer.fingerprint}/1", listed)
                self.write("hub", "signatures:revocations:publish", "authority:1", rows=[row])

    def act(self, action: str, *, actor="person:performer", after=None, rows=(), reason=None) -> None:
        said = {"record": NUMBER, **(after or {})}
        self.write("operator", action, f"record:{RECORD}", actor=actor, after=said, rows=rows, reason=reason)

    def record_columns(self, **more) -> dict[str, Any]:
        return {
            "id": RECORD, "number": NUMBER, "exercise_code": "PIP-001", "exercise_version": 1,
            "exercise_digest": digest(MASTER), "purpose": "training", "language": "fr", "zone": "Europe/Brussels",
            "release": "0.1.0", "performer_id": "performer", "issued_at": "2026-11-23T09:05:00.000Z",
            "issued_by": "person:assessor", **more,
        }  # fmt: skip

    def sign(self, code: str, action: str, covered: str, **given) -> None:
        """Sign, and write the line of the signature."""
        name = given.get("actor", "person:performer")
        holder = self.plan.signer(name)
        holder = getattr(self.house, name.partition(":")[2]) if holder == name else holder
        step = given.get("step")
        header = self.header()
        facts = {**header, "step": step} if step else {**header, "entries": 3, "exceptions": 1}
        signer = {
            "pseudonym": name, "role": "trainee", "name": self.keep(f"Name of {name}"),
            "login": self.keep(f"login-{name}"), "key": holder.key_digest,
        }  # fmt: skip
        if self.plan.certified:
            signer["certificate"] = holder.fingerprint
        manifest = {
            "schema": "cahier.manifest.v1", "purpose": "hub.signature.v1",
            "algorithms": {"digest": "sha-256", "signature": "ecdsa-p256-sha256"}, "subject": f"record:{RECORD}",
            "part": f"step:{step}" if step else None, "digest": covered, "shown": covered, "facts": facts,
            "meaning": {"code": code, "language": "fr", "label_digest": digest(SENTENCES[code].encode())},
            "signer": signer, "factors": ["password"], "session": "s", "prior": list(self.manifests),
            "freshness": self.freshness, "time": now(), "zone": "Europe/Brussels", "release": "0.1.0",
            "nonce": "00" * 16,
        }  # fmt: skip
        text = canonical(self.plan.manifest(manifest)).decode()
        value = base64.b64encode(holder.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))).decode()
        identity = f"sig-{len(self.manifests)}"
        self.manifests.append(digest(text.encode()))
        certificate = holder.fingerprint if self.plan.certified else None
        said = {
            "certificate": certificate, "id": identity, "manifest": text, "public_key": holder.public_pem,
            "value": value,
        }  # fmt: skip
        self.files[f"signatures/{identity}.json"] = canonical(said)
        columns = {
            "id": identity, "manifest": text, "value": value, "signer_name": signer["name"],
            "signer_login": signer["login"], "subject": f"record:{RECORD}",
        }  # fmt: skip
        rows = [self.put("signature", identity, columns), *given.get("rows", ())]
        after = {"signature": self.manifests[-1], "meaning": code, "digest": covered, **given.get("after", {})}
        self.act(action, actor=name, after=after, rows=rows)

    def header(self) -> dict[str, Any]:
        columns = self.record_columns()
        names = {"exercise": "exercise_code", "version": "exercise_version", "performer": "performer_id"}
        names["record"] = "id"
        plain = ("number", "exercise_digest", "purpose", "language", "zone", "release", "issued_at", "issued_by")
        return {**{new: columns[old] for new, old in names.items()}, **{one: columns[one] for one in plain}}

    def entry(self, sequence: int, step: str, value: str, **more) -> tuple[list[Any], dict[str, Any]]:
        """Put an entry's row; return its item for a line and what is signed of it."""
        columns = {
            "record_id": RECORD, "sequence": sequence, "kind": "value", "step_id": step, "attempt": 1,
            "value": value, "committed": False, "source": "manual", "performed_by": "performer",
            "recorded_at": "2026-11-23T09:06:00.000Z", **more,
        }  # fmt: skip
        names = {"step": "step_id", "field": "field_id", "performer": "performed_by", "time": "recorded_at"}
        plain = ("sequence", "kind", "position", "attempt", "corrects", "value", "unit", "source", "reason")
        columns |= {"field_id": "f"} if columns["kind"] == "value" else {}
        signed = {**{new: columns.get(old) for new, old in names.items()}, **{one: columns.get(one) for one in plain}}
        signed["evaluation"] = json.loads(columns.get("evaluation", "[]"))
        return self.put("entry", f"{RECORD}/{sequence}", columns), signed

    def file(self, sequence: int, step: str) -> tuple[list[Any], dict[str, Any]]:
        """Put the row of an attached file, and the file; return its item for a line and what is signed of it."""
        self.files[f"attachments/{digest(PICTURE)}"] = PICTURE
        said = {"bytes": len(PICTURE), "name": "a.png", "schema": "cahier.file.v1", "sha256": digest(PICTURE)}
        self.of_file = self.keep(self.plan.said_of_file(canonical(said).decode()))
        return self.entry(sequence, step, self.of_file, kind="file", committed=True)

    def exception(self, **judged) -> tuple[list[Any], dict[str, Any]]:
        columns = {
            "record_id": RECORD, "number": 1, "kind": "raised", "step_id": "b", "facts": '{"why":"x"}',
            "comment": self.keep(self.comment), "opened_by": "performer", **judged,
        }  # fmt: skip
        signed = {
            "number": 1, "kind": "raised", "step": "b", "field": None, "position": None, "entry": None,
            "facts": {"why": "x"}, "comment": commitment(self.comment), "by": "performer",
        }  # fmt: skip
        return self.put("record_exception", f"{RECORD}/1", columns), signed

    def work(self) -> None:
        """Write the record's life into the operator's log."""
        self.write("operator", "notebook:record:issue", "record:other", after={"record": "PIP-2026-0001"})
        self.act("notebook:record:issue", rows=[self.put("record", RECORD, self.record_columns())])
        self.anchor()
        if self.plan.is_void:
            self.act("notebook:record:void", actor="person:assessor", reason=self.keep("Doublon."))
            return
        item, first = self.entry(1, "a", "5.0", unit="g", evaluation='[{"kind":"action"}]')
        self.act("notebook:entry:record", rows=[item])
        item, second = self.entry(2, "b", self.keep("du texte"), committed=True)
        attached, third = self.file(3, "b")  # in the line of the entry, so that lines keep their numbers
        self.act("notebook:entry:record", rows=[item, attached], reason=self.keep("Un motif."))
        entries = [first, second, third]
        step = digest({"step": "b", "entries": entries})
        checked = {"after": {"entry": 4}, "step": "b", "actor": "person:assessor"}
        self.sign("VERIFIED", "notebook:step:verify", step, **checked)
        item, exception = self.exception()
        self.act("notebook:exception:raise", rows=[item])
        content = digest({"header": self.header(), "entries": entries, "exceptions": [exception]})
        self.sign("PERFORMED", "notebook:record:complete", content)
        if self.plan.is_returned:
            self.act("assessment:record:return", actor="person:assessor")
            self.comment = "Renversé, puis essuyé."
            item, exception = self.exception()
            self.act("notebook:exception:comment", rows=[item])
            content = digest({"header": self.header(), "entries": [first, second, third], "exceptions": [exception]})
            self.sign("PERFORMED", "notebook:record:complete", content)
        self.assess(content)

    def assess(self, content: str) -> None:
        grounds = self.keep("Sans effet.")
        item, _ = self.exception(judgement="accepted", grounds=grounds, judged_by="assessor")
        self.act("assessment:exception:judge", actor="person:assessor", rows=[item])
        judged = {"number": 1, "judgement": "accepted", "grounds": grounds, "by": "assessor"}
        review = digest({"content": content, "judgements": [judged]})
        self.sign("REVIEWED", "assessment:record:review", review, actor="person:assessor")
        conclusion = self.keep("Conclu.")
        closing = digest({"review": review, "statement": conclusion})
        remark = json.dumps({"c1": {"outcome": "met", "remark": self.keep("Bien.")}})
        rows = [
            self.put("record", RECORD, self.record_columns(conclusion=conclusion)),
            self.put("decision", "d1", {"id": "d1", "record_id": RECORD, "judgements": remark, "awards": True}),
        ]
        self.sign("APPROVED", self.plan.last, closing, actor="person:assessor", rows=rows)
        for action, actor in self.plan.extra:
            self.act(action, actor=actor)

    def finish(self) -> dict[str, bytes]:
        """Prove every line, and return the files of the archive below its root."""
        self.found()
        self.work()
        if self.plan.erased or self.plan.erased_file:
            gone = self.of_file if self.plan.erased_file else commitment("Renversé.")
            if self.plan.erased_file:
                del self.files[f"attachments/{digest(PICTURE)}"]
            self.texts[gone] = {"erased_at": now()}
            self.write("hub", "trail:text:erase", "text:1", after={"commitments": [gone]}, actor="person:assessor")
        for _ in range(2):
            self.write("operator", "audit:log:heartbeat", "log:demo")
        for log in self.logs:
            note = self.checkpoint(log)
            self.prove(log, note)
            if self.plan.stamps and log == "operator":
                self.stamp(note)
                if self.plan.stamps_again:
                    self.stamp(note, self.plan.stamps_again)
        rows = [[table, key, version, columns] for (table, key), (version, columns) in sorted(self.rows.items())]
        heads = {log: {"origin": line[0]["log"], "size": len(line)} for log, line in self.logs.items()}
        about = {
            "exercise": "PIP-001", "log": heads, "made_at": now(), "number": NUMBER, "operator": "demo",
            "record": RECORD, "release": "0.1.0", "schema": "cahier.bundle.v1", "series": {"name": "PIP", "year": 2026},
        }  # fmt: skip
        self.files |= {
            "bundle.json": canonical(about), "rows.json": canonical(rows), "texts.json": canonical(self.texts),
            "exercise.json": canonical(MASTER),
        }  # fmt: skip
        return {f"evidence/{path}": data for path, data in self.files.items()} | {f"{NUMBER}.pdf": b"%PDF-1.7\n"}

    def prove(self, log: str, note: bytes) -> None:
        leaves = self.leaves[log]
        for index, body in enumerate(self.bodies[log]):
            path = "".join(f"{base64.b64encode(one).decode()}\n" for one in inclusion(index, leaves))
            self.files[f"lines/{log}/{index}.json"] = body
            proof = f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n".encode() + note
            self.files[f"lines/{log}/{index}.tlog-proof"] = proof
        for path in [path for path in self.files if path.startswith(f"checkpoints/{log}/")]:
            size = int(path.rpartition("/")[2].removesuffix(".txt"))
            if size < len(leaves):
                hashed = [f"{base64.b64encode(one).decode()}\n" for one in consistency(size, leaves)]
                self.files[f"consistency/{log}/{size}-{len(leaves)}.txt"] = "".join(hashed).encode()


def write(house: House, **plan) -> dict[str, bytes]:
    """Return the files of a bundle."""
    return Writer(house, Plan(**plan)).finish()


def pack(files: dict[str, bytes], root: str = NUMBER) -> bytes:
    """Return the archive of these files, with a description that fits them."""
    listed = [{**FILE, "@id": path, "sha256": digest(data)} for path, data in files.items()]
    described = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": listed}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in {**files, "ro-crate-metadata.json": canonical(described)}.items():
            # Without the time of packing, so that the same files are the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{root}/{path}"), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()

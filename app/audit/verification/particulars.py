"""What rows tell of people beside their commitments: each value opens its own, or its key was destroyed (PF-12)."""

from app.audit.verification.decoding import Item
from app.audit.verification.digests import INDEX, LOG, RowDigester
from app.audit.verification.snapshot import Row
from app.audit.verification.verdict import FINDINGS_OF_A_KIND, Code
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.particulars import COMMITMENT, HasParticulars, Particulars, bound_to_row, committed_values, open_about
from app.storage.tables import Base, table_of
from app.storage.vault import Vault


class ParticularsDigester(RowDigester):
    """Digests the rows of a table that tells of people, and tries what each row tells on its commitments."""

    def __init__(self, model: type[Base], vault: Vault | None) -> None:
        if not issubclass(model, HasParticulars):
            raise TypeError(f"{model.__name__} tells nothing of a person")
        super().__init__(model)
        self._vault = vault
        self._names = committed_values(model)
        columns, mapper = table_of(model).c, model.__mapper__
        self.selected += [columns.id, columns["person_id" if "person_id" in columns else "id"], columns.particulars]
        self.selected += [mapper.get_property(name + COMMITMENT).columns[0] for name in self._names]
        bare = [columns.salt] if "salt" in columns else []
        self.selected += bare
        self._width = 3 + len(self._names) + len(bare)

    def items(self, rows: list[Row]) -> list[Item]:
        """Return what each row amounts to, and keep the faults of what it tells, as many as are reported."""
        for row in rows:
            identifier, subject, sealed, *rest = row[-self._width :]
            commitments, bare = rest[: len(self._names)], rest[len(self._names) :]
            code = self._fault(identifier, subject, sealed, dict(zip(self._names, commitments, strict=True)))
            if any(bare):  # the salt of a release before, which went when the values were sealed
                code = code or Code.TEXT_ALTERED
            if code and len(self.faults) <= FINDINGS_OF_A_KIND:
                self.faults.append(((row[LOG], row[INDEX]), str(identifier), code))
        return super().items(rows)

    def _fault(self, identifier: str, subject: str, sealed: bytes | None, said: dict[str, str | None]) -> Code | None:
        if not any(said.values()):
            return None if sealed is None else Code.TEXT_KEPT
        if sealed is None or self._vault is None:
            return Code.TEXT_MISSING
        try:
            content = open_about(self._vault, subject, sealed, bound_to_row(self.table, identifier))
            told = Particulars.from_bytes(content)
            opened = {name: told.commitment(name) for name in said}
        except KeyDestroyed:
            return None
        except (KeyMissing, VaultClosed):
            return Code.TEXT_MISSING
        except (SealedAltered, AttributeError, TypeError, ValueError):
            return Code.TEXT_ALTERED
        return None if opened == said and told.values.keys() <= said.keys() else Code.TEXT_ALTERED

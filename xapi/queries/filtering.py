"""Pages of statements by filters (xAPI-Communication §2.1.3, §2.1.4), each part of a question read from an index.

A statement is found by its own keys, by the members of groups and the related things it names, and by the keys of the
statements it refers to. Each of these is one index, read in the order of storing and no further than a page is long;
what they found is put together at the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import InstrumentedAttribute

from xapi.models import Referral, Related, Statement
from xapi.queries.statements import Kept, is_voided, kept, of_operator
from xapi.rules.finding import Filters
from xapi.rules.keys import concern_key, member_key, party_key

Ordinals = Select[int]
_Concern = aliased(Related)
_Source = type[Statement] | type[Referral]


@dataclass(frozen=True)
class Page:
    """A page of statements, and the position from which the next one goes on, if there is more."""

    statements: list[Kept]
    next_position: int | None


def find_statements(session: Session, wanted: Filters, operator_id: str | None) -> Page:
    """Return a page of the statements that pass the filters and are not voided, by the order of storing."""
    bounds = _bounds(session, wanted)
    parts = [
        select(part.order_by(_by(part, wanted)).limit(wanted.limit + 1).subquery().c.ordinal)
        for part in (of_operator(part, operator_id) for part in _parts(wanted, bounds))
    ]
    query = kept(operator_id).where(Statement.ordinal.in_(union(*parts)) if len(parts) > 1 else _is_in(parts[0]))
    order = Statement.ordinal.asc() if wanted.ascending else Statement.ordinal.desc()
    found = [Kept(*row) for row in session.execute(query.order_by(order).limit(wanted.limit + 1))]
    page = found[: wanted.limit]
    return Page(page, page[-1].ordinal if len(found) > wanted.limit else None)


def _is_in(part: Ordinals) -> ColumnElement[bool]:
    return Statement.ordinal.in_(part)


def _by(part: Ordinals, wanted: Filters) -> ColumnElement[Any]:
    column: ColumnElement[Any] = part.selected_columns["ordinal"]
    return column.asc() if wanted.ascending else column.desc()


def _parts(wanted: Filters, bounds: Sequence["_Bound"]) -> Iterator[Ordinals]:
    """Yield the questions, each for the ordinals that one index finds; without a key there is one, for all."""
    yield from _of_source(Statement, wanted, bounds)
    if wanted.agent or wanted.verb or wanted.activity or wanted.registration:
        yield from _of_source(Referral, wanted, bounds)


def _of_source(source: _Source, wanted: Filters, bounds: Sequence["_Bound"]) -> Iterator[Ordinals]:
    """Yield the questions to statements, or to those that refer to others."""
    own = source.ordinal if source is Statement else Referral.via
    base = select(source.ordinal).where(*(bound.applied_to(source) for bound in bounds))
    if source is Referral:
        base = base.join(Statement, Statement.ordinal == Referral.ordinal)
    base = base.where(~is_voided(), *_conditions(source, own, wanted))
    columns, keys = _leading(source, wanted)
    if not columns:
        yield base
    for column in columns:
        yield base.where(column == (wanted.agent or wanted.activity))
    for key in keys:
        yield base.join(Related, and_(Related.ordinal == own, Related.key == key))


def _leading(source: _Source, wanted: Filters) -> tuple[list[InstrumentedAttribute[Any]], list[str]]:
    """Return the columns and the related keys of which any must match: those of the agent, or else of the activity."""
    if wanted.agent:
        keys = [member_key(wanted.agent)] + ([party_key(wanted.agent)] if wanted.related_agents else [])
        return [source.agent, source.object_agent], keys
    if wanted.activity and wanted.related_activities:
        return [source.activity], [concern_key(wanted.activity)]
    return [], []


def _conditions(source: _Source, own: InstrumentedAttribute[int], wanted: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield what must be true besides."""
    if wanted.verb is not None:
        yield source.verb == wanted.verb
    if wanted.registration is not None:
        yield source.registration == wanted.registration
    if wanted.activity is not None and not (wanted.related_activities and not wanted.agent):
        names_it: ColumnElement[bool] = source.activity == wanted.activity
        if wanted.related_activities:
            concern = _Concern.key == concern_key(wanted.activity)
            names_it = or_(names_it, exists().where(_Concern.ordinal == own, concern))
        yield names_it


@dataclass(frozen=True)
class _Bound:
    """An end of the ordinals that are asked for, not itself among them."""

    ordinal: int
    is_lower: bool

    def applied_to(self, source: _Source) -> ColumnElement[bool]:
        return source.ordinal > self.ordinal if self.is_lower else source.ordinal < self.ordinal


def _bounds(session: Session, wanted: Filters) -> list[_Bound]:
    """Return the ends; times become ordinals, because both grow together and ordinals end every index."""
    bounds = []
    if wanted.since is not None:
        bounds.append(_Bound(_last_ordinal(session, wanted.since), is_lower=True))
    if wanted.until is not None:
        bounds.append(_Bound(_last_ordinal(session, wanted.until) + 1, is_lower=False))
    if wanted.position is not None:
        bounds.append(_Bound(wanted.position, is_lower=wanted.ascending))
    return bounds


def _last_ordinal(session: Session, moment: datetime) -> int:
    query = select(Statement.ordinal).where(Statement.stored <= moment)
    return session.scalar(query.order_by(Statement.stored.desc(), Statement.ordinal.desc()).limit(1)) or 0

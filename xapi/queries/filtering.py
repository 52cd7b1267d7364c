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
from xapi.queries.statements import Kept, is_voided, kept, of_operator, unindexed
from xapi.rules.finding import Filters
from xapi.rules.keys import concern_key, member_key, party_key

Ordinals = Select[int]
_Concern = aliased(Related)
_Source = type[Statement] | type[Referral]
_ASKED = {"agent": "agent", "object_agent": "agent"} | {name: name for name in ("activity", "registration", "verb")}
"""Which part of a question a column answers."""


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
        for part in (_of_operator(part, wanted, operator_id) for part in _parts(wanted, bounds))
    ]
    query = kept(None).where(Statement.ordinal.in_(union(*parts)) if len(parts) > 1 else _is_in(parts[0]))
    order = Statement.ordinal.asc() if wanted.ascending else Statement.ordinal.desc()
    found = [Kept(*row) for row in session.execute(query.order_by(order).limit(wanted.limit + 1))]
    page = found[: wanted.limit]
    return Page(page, page[-1].ordinal if len(found) > wanted.limit else None)


def _of_operator(part: Ordinals, wanted: Filters, operator_id: str | None) -> Ordinals:
    """Keep what an operator may see; its own index helps only where nothing else is asked for."""
    if operator_id is None or not has_keys(wanted):
        return of_operator(part, operator_id)
    return part.where(unindexed(Statement.operator_id) == operator_id)


def has_keys(wanted: Filters) -> bool:
    """Say whether a question asks for an agent, a verb, an activity or a registration."""
    return any((wanted.agent, wanted.verb, wanted.activity, wanted.registration))


def _is_in(part: Ordinals) -> ColumnElement[bool]:
    return Statement.ordinal.in_(part)


def _by(part: Ordinals, wanted: Filters) -> ColumnElement[Any]:
    column: ColumnElement[Any] = part.selected_columns["ordinal"]
    return column.asc() if wanted.ascending else column.desc()


def _parts(wanted: Filters, bounds: Sequence["_Bound"]) -> Iterator[Ordinals]:
    """Yield the questions, each for the ordinals that one index finds; without a key there is one, for all."""
    yield from _of_source(Statement, wanted, bounds)
    if has_keys(wanted):
        yield from _of_source(Referral, wanted, bounds)


def _of_source(source: _Source, wanted: Filters, bounds: Sequence["_Bound"]) -> Iterator[Ordinals]:
    """Yield the questions to statements, or to those that refer to others."""
    own = source.ordinal if source is Statement else Referral.via
    base = select(source.ordinal).where(*(bound.applied_to(source) for bound in bounds))
    if source is Referral:
        base = base.join(Statement, Statement.ordinal == Referral.ordinal)
    base = base.where(~is_voided())
    columns, keys = _leading(source, wanted)
    if not columns and not keys:
        yield base
    for column in columns:
        yield base.where(column == getattr(wanted, _ASKED[column.key]), *_conditions(source, own, wanted, column.key))
    for key in keys:
        related = base.join(Related, and_(Related.ordinal == own, Related.key == key))
        yield related.where(*_conditions(source, own, wanted, ""))


def _leading(source: _Source, wanted: Filters) -> tuple[list[InstrumentedAttribute[Any]], list[str]]:
    """Return the columns and related keys of which any must match: those by which fewest are found as a rule."""
    if wanted.agent:
        keys = [member_key(wanted.agent)] + ([party_key(wanted.agent)] if wanted.related_agents else [])
        # What is about an agent is not about an activity.
        is_about_activity = wanted.activity is not None and not wanted.related_activities
        return [source.agent] + ([] if is_about_activity else [source.object_agent]), keys
    if wanted.activity and wanted.related_activities:
        return [source.activity], [concern_key(wanted.activity)]
    given = ((wanted.registration, source.registration), (wanted.activity, source.activity), (wanted.verb, source.verb))
    return [column for value, column in given if value is not None][:1], []


def _conditions(
    source: _Source, own: InstrumentedAttribute[int], wanted: Filters, leading: str
) -> Iterator[ColumnElement[bool]]:
    """Yield what must be true beside the leading column or key; one index holds agent, verb and activity together."""
    is_together = leading == "agent" and source is Statement
    verb, activity = (column if is_together else unindexed(column) for column in (source.verb, source.activity))
    if wanted.verb is not None and leading != "verb":
        yield verb == wanted.verb
    if wanted.registration is not None and leading != "registration":
        yield unindexed(source.registration) == wanted.registration
    if wanted.activity is not None and leading != "activity" and (wanted.agent or not wanted.related_activities):
        names_it: ColumnElement[bool] = activity == wanted.activity
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

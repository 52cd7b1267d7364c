"""Cohorts that follow a course of a platform (Names and Role Provisioning Services 2.0): begun, ordered, ended.

Who begins one was shown before what it comes to; the worker does the rest (app/lms/services/synchronising.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.models import Cohort
from app.identity.services.operators import access_cohort
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.lms import queries
from app.lms.errors import NoSuchCourse, RosterTaken
from app.lms.models import Platform, Roster, RosterState
from app.lms.queries import Course
from app.lms.rules.memberships import Changes, Member, changes_of
from app.lms.services.access_tokens import AccessTokens
from app.lms.services.memberships import fetch_members
from app.lms.services.newcomers import home_of
from app.lms.services.service_line import open_service_line
from app.storage import Storage
from app.storage.tables import new_id

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Means:
    """What reading rosters needs: our access tokens, the pepper of names, the language of whom a platform has none."""

    tokens: AccessTokens
    pepper: bytes = field(repr=False)
    language: str = "fr"


def read_course(storage: Storage, tokens: AccessTokens, platform_id: str, address: str) -> list[Member]:
    """Ask a platform who is in a course; raises PlatformSilent, OSError. Not inside a transaction."""
    line = open_service_line(storage, tokens, platform_id)
    try:
        return fetch_members(line, address)
    finally:
        line.close()


def compare(session: Session, platform: Platform, cohort_id: str | None, members: Sequence[Member]) -> Changes:
    """Return what it would come to if a cohort, or a new one, followed a course."""
    home, learning = home_of(platform), [member.user_id for member in members if member.learns]
    known = queries.people_of_accounts(session, home, learning)
    present = queries.people_in(session, cohort_id, home) if cohort_id else {}
    return changes_of(members, known, present)


def begin_roster(session: Session, link_id: str, cohort_id: str | None, *, actor: Actor) -> Roster:
    """Let a cohort follow a course from now on; None: one that is made for it. The worker synchronises it next.

    `link_id` names any activity of the course. Raises NoSuchCourse, RosterTaken, NotFound for the cohort.
    """
    role = actor.require(Permission.COHORT_ADMINISTER)
    course = access_course(session, link_id, actor)
    if course.roster:
        raise RosterTaken
    cohort = access_cohort(session, cohort_id, actor) if cohort_id else _new_cohort(course)
    if cohort.operator_id != course.operator_id:
        raise NoSuchCourse
    roster = Roster(
        id=new_id(),
        deployment_id=course.deployment_id,
        operator_id=course.operator_id,
        context_id=course.context_id,
        memberships_url=course.memberships_url,
        cohort_id=cohort.id,
        begun_at=clock.now(),
    )
    session.add_all([cohort, roster, RosterState(roster_id=roster.id, due_at=clock.now(), failures=0)])
    after = {"platform": course.platform.name, "context": course.context_id, "made": cohort_id is None}
    note(session, Action.LTI_ROSTER_BEGUN, cohort_subject(roster), actor=actor, role=role, after=after)
    return roster


def order_roster(session: Session, roster_id: str, *, actor: Actor) -> datetime:
    """Have a cohort synchronised as soon as the worker comes to it. Raises NoSuchCourse."""
    role = actor.require(Permission.COHORT_ADMINISTER)
    roster = access_roster(session, roster_id, actor)
    state = session.get_one(RosterState, roster.id, with_for_update=True)
    state.due_at, state.failures = clock.now(), 0
    note(session, Action.LTI_ROSTER_ORDERED, cohort_subject(roster), actor=actor, role=role)
    return state.due_at


def end_roster(session: Session, roster_id: str, *, actor: Actor) -> Roster:
    """Let a cohort follow its course no more; everybody in it stays. Raises NoSuchCourse."""
    role = actor.require(Permission.COHORT_ADMINISTER)
    roster = access_roster(session, roster_id, actor)
    roster.ended_at = clock.now()
    before = {"context": roster.context_id}
    note(session, Action.LTI_ROSTER_ENDED, cohort_subject(roster), actor=actor, role=role, before=before)
    return roster


def access_course(session: Session, link_id: str, actor: Actor) -> Course:
    """Return the course of an activity, one of the actor's operator; raise NoSuchCourse."""
    found = next((one for one in queries.courses(session, actor) if one.link_id == link_id), None)
    if found is None:
        raise NoSuchCourse
    return found


def access_roster(session: Session, roster_id: str, actor: Actor) -> Roster:
    """Return a roster in use of the actor's operator; raise NoSuchCourse."""
    roster = session.get(Roster, roster_id)
    if roster is None or roster.ended_at or actor.operator_id not in (None, roster.operator_id):
        raise NoSuchCourse
    return roster


def cohort_subject(roster: Roster) -> Subject:
    """Name what a roster is about: its cohort, in whose history all of it stands."""
    return Subject("cohort", roster.cohort_id, roster.operator_id)


def _new_cohort(course: Course) -> Cohort:
    name = (course.title or course.context_id)[:_LONGEST_NAME]
    return Cohort(id=new_id(), operator_id=course.operator_id, name=name, added_at=clock.now())

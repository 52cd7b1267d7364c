"""The pages of identity: doors (sign-in and out, lock, activation), one's account, people, operators, sites,
cohorts.
"""

from app.identity.views import (
    account,
    cohorts,
    doors,
    factors,
    launched,
    locking,
    notices,
    operators,
    own_tabs,
    people,
    personal,
    places,
)
from app.identity.views.blueprint import blueprint
from app.kernel.actors import Permission
from app.kernel.errors import N_
from app.web.visitors import NavigationItem

NAVIGATION = (
    NavigationItem(
        "identity.list_people",
        N_("People"),
        "people",
        lambda actor: actor.may(Permission.PERSON_READ),
        ("identity.list_people", "identity.add", "identity.show_person"),
    ),
    NavigationItem(
        "identity.list_cohorts",
        N_("Cohorts"),
        "grid",
        lambda actor: actor.may(Permission.PERSON_READ),
        ("identity.list_cohorts", "identity.show_cohort"),
    ),
    NavigationItem(
        "identity.list_sites",
        N_("Sites and rooms"),
        "building",
        lambda actor: actor.may(Permission.PERSON_READ),
        ("identity.list_sites", "identity.show_site", "identity.show_training_room"),
    ),
    NavigationItem(
        "identity.list_operators",
        N_("Operators"),
        "building",
        lambda actor: actor.may(Permission.OPERATOR_ADMINISTER) and actor.operator_id is None,
        ("identity.list_operators",),
    ),
)
"""The entries of identity in the main navigation."""

__all__ = [
    "NAVIGATION",
    "account",
    "blueprint",
    "cohorts",
    "doors",
    "factors",
    "launched",
    "locking",
    "notices",
    "operators",
    "own_tabs",
    "people",
    "personal",
    "places",
]

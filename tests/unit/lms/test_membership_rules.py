"""Who of a course learns there, and what that means for a cohort."""

import pytest

from app.lms.rules.memberships import Changes, Member, NoMembers, changes_of, read_members

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


def member(user_id, *roles, **more):
    """Return a member as a platform writes them."""
    return {"user_id": user_id, "roles": list(roles), **more}


@pytest.mark.parametrize(
    ("roles", "learns"),
    [
        (["Learner"], True),
        ([LEARNER], True),
        (["Instructor"], False),
        (["Learner", "Instructor"], False),
        ([], False),
        ("Learner", False),
    ],
)
def test_a_learner_learns_and_teaches_not(roles, learns):
    (found,) = read_members({"members": [{"user_id": "4", "roles": roles}]})

    assert found.learns is learns


def test_whoever_left_the_course_is_not_in_it():
    page = {"members": [member("4", "Learner"), member("5", "Learner", status="Inactive"), member(""), "nonsense"]}

    assert [found.user_id for found in read_members(page)] == ["4"]


def test_a_name_is_put_together_where_the_platform_gives_its_parts():
    (found,) = read_members({"members": [member("4", "Learner", given_name="Léa", family_name="Martin")]})

    assert found.name == "Léa Martin"


@pytest.mark.parametrize("page", [None, [], {}, {"members": {}}, "members"])
def test_what_is_no_list_of_members_is_not_taken_for_an_empty_one(page):
    with pytest.raises(NoMembers):
        read_members(page)


def test_a_course_and_its_cohort_are_compared():
    course = [Member("4", learns=True), Member("5", learns=True), Member("6", learns=True), Member("9")]
    changes = changes_of(course, {"4": "lea", "5": "tom", "7": "sven"}, {"lea": True, "sven": True, "guest": False})

    assert [one.user_id for one in changes.joining] == ["5", "6"]
    assert changes.leaving == ("sven",)
    assert (changes.staying, changes.others) == (1, 1)


def test_a_cohort_that_is_as_its_course_needs_nothing():
    changes = changes_of([Member("4", learns=True)], {"4": "lea"}, {"lea": True})

    assert changes == Changes(staying=1)
    assert changes.none

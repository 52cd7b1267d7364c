"""People of an operator: listed, found, added, given roles, disabled; and another operator's do not exist."""

import html
import re

import pytest
from sqlalchemy import select

from app.identity.models import Membership
from app.identity.services.people import grant_role
from app.kernel import clock
from app.kernel.actors import Role
from tests.installation import FOUNDER, NOTICE

NOBODY = "00000000-0000-4000-8000-000000000000"


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


def page_of(client, path):
    """Return a page's text, with its marks as people see them."""
    return html.unescape(client.get(path).text)


def new_person(house, **changed):
    """Return the fields of the form that adds a person."""
    return {
        "name": "Émilie Renard",
        "login": "new.comer",
        "email": "",
        "language": "fr",
        "operator": house.operator_id("ALPHA"),
        "roles": ["trainee"],
        **changed,
    }


def held(house, login):
    """Return the ids of the roles that a person holds now."""
    with house.storage.reading() as session:
        query = select(Membership.id).where(
            Membership.person_id == house.person(login).id, Membership.ended_at.is_(None)
        )
        return list(session.scalars(query))


class TestFinding:
    """Lists and pages show one's own operator."""

    def test_an_operators_people_are_listed_by_name_whatever_the_accents(self, house):
        page = page_of(house.signed_in("administrator"), "/people")

        names = re.findall(r'class="table__link" href="/people/[^"]+">([^<]+)<', page)
        assert names == sorted(names, key=lambda name: name.replace("É", "E").replace("é", "e").replace("è", "e"))
        assert "Léa Martin" in names
        assert "Sven Maes" not in names

    @pytest.mark.requirement("LANG-6")
    @pytest.mark.parametrize("words", ["lea", "MARTIN", "Léa mar", "trainee  mar"])
    def test_searching_minds_neither_case_nor_accents(self, house, words):
        page = page_of(house.signed_in("administrator"), f"/people?search={words}")

        assert "Léa Martin" in page
        assert "Hervé Dubois" not in page

    @pytest.mark.parametrize("words", ["zzz", "%", "' OR 1=1 --", "<script>alert(1)</script>"])
    def test_a_search_without_result_says_so(self, house, words):
        answer = house.signed_in("administrator").get("/people", query_string={"search": words})

        assert "Aucun résultat" in answer.text
        assert "<script>alert" not in answer.text

    def test_the_hub_sees_everybody(self, house):
        page = page_of(house.signed_in("hub_administrator"), "/people")

        assert "Léa Martin" in page
        assert "Sven Maes" in page

    @pytest.mark.requirement("A11-12.3")
    def test_a_persons_page_shows_roles_with_who_gave_them_and_when(self, house):
        client = house.signed_in("administrator")
        person = house.person("author").id
        client.act(f"/people/{person}/roles", {"role": "quality", "operator": house.operator_id("ALPHA")})
        membership = held(house, "author")[0]
        client.act(f"/people/{person}/roles/end", {"membership": membership, "reason": "moved on"})

        page = page_of(client, f"/people/{person}")

        assert "par Anne Claes" in page
        assert "par la ligne de commande du serveur" in page
        assert page.count("En vigueur") == 1

    @pytest.mark.requirement("AS-8.4.1")
    def test_another_operators_person_is_answered_like_nobody(self, house):
        client = house.signed_in("administrator")
        stranger = house.person("beta_trainee").id
        paths = ["", "/roles", "/roles/end", "/disable", "/unlock", "/sessions/end", "/invitation"]

        for path in paths:
            send = client.act if path else client.get
            theirs, nobodys = send(f"/people/{stranger}{path}"), send(f"/people/{NOBODY}{path}")

            assert theirs.status_code == nobodys.status_code == 404, path

    def test_a_trainee_sees_no_list_of_people(self, house):
        assert house.signed_in("trainee").get("/people").status_code == 403

    def test_an_auditor_sees_people_and_changes_nothing(self, house):
        client = house.signed_in("auditor")
        page = page_of(client, f"/people/{house.person('trainee').id}")

        assert "Modifier ses accès" not in page
        assert client.act("/people/add", new_person(house)).status_code == 403


class TestAdding:
    """A login is given once, in whatever spelling."""

    @pytest.mark.requirement("P11.100(a)", "LANG-6")
    @pytest.mark.parametrize("login", ["trainee", "TRAINEE", "trainée", "ｔｒａｉｎｅｅ", " trainee "])
    def test_a_variant_of_a_login_in_use_is_refused(self, house, login):
        before = house.all_lines()

        answer = house.signed_in("administrator").act("/people/add", new_person(house, login=login))

        assert answer.status_code == 409
        assert "Cet identifiant est ou a été attribué" in answer.text
        assert "Émilie Renard" in answer.text
        assert house.all_lines() == before + 1  # the administrator's own session

    @pytest.mark.requirement("P11.100(a)", "KM-8")
    def test_the_login_of_a_disabled_person_stays_taken(self, house):
        client = house.signed_in("administrator")
        client.act(f"/people/{house.person('trainee').id}/disable", {"reason": "left the training"})

        assert client.act("/people/add", new_person(house, login="Trainee")).status_code == 409

    def test_another_operators_login_is_taken_too(self, house):
        client = house.signed_in("administrator")

        assert client.act("/people/add", new_person(house, login="beta_trainee")).status_code == 409

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"login": "ab"}, "login"),
            ({"login": "with space"}, "login"),
            ({"login": "tr\u0430inee"}, "login"),  # a Cyrillic letter that looks like a Latin one
            ({"login": "tra\u0131nee"}, "login"),
            ({"name": " "}, "name"),
            ({"name": "x\u202egnp.exe"}, "name"),
            ({"email": "no address"}, "email"),
            ({"language": "it"}, "language"),
            ({"roles": []}, "roles"),
            ({"roles": ["system"]}, "roles"),
            ({"operator": "nothing"}, "operator"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, house, changed, field):
        client = house.signed_in("administrator")
        before = house.all_lines()

        answer = client.act("/people/add", new_person(house, **changed))

        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert house.all_lines() == before

    @pytest.mark.requirement("A11d-11.10")
    def test_nobody_is_administrator_and_takes_part(self, house):
        client = house.signed_in("administrator")

        answer = client.act("/people/add", new_person(house, roles=["administrator", "assessor"]))

        assert answer.status_code == 403
        assert "s'excluent" in html.unescape(answer.text)
        assert client.act("/people/add", new_person(house, roles=["administrator", "auditor"])).status_code == 200

    def test_an_operators_administrator_adds_nobody_elsewhere(self, house):
        client = house.signed_in("administrator")

        for operator in ("", house.operator_id("BETA")):
            assert client.act("/people/add", new_person(house, operator=operator)).status_code == 422

    def test_the_hub_adds_people_to_any_operator_and_to_itself(self, house):
        client = house.signed_in("hub_administrator")
        beta = new_person(house, operator=house.operator_id("BETA"))
        hub = new_person(house, login="hub.auditor", roles=["auditor"], operator="")

        assert client.act("/people/add", beta).status_code == 200
        assert client.act("/people/add", hub).status_code == 200
        assert house.actor("new.comer").operator_id == house.operator_id("BETA")
        assert house.actor("hub.auditor").operator_id is None

    @pytest.mark.requirement("AS-15.3.3")
    def test_fields_that_the_form_does_not_have_change_nothing(self, house):
        client = house.signed_in("administrator")
        client.act("/people/add", new_person(house, state="active", id="x", password="chosen by somebody else"))

        assert house.person("new.comer").state.value == "invited"


class TestRoles:
    """Roles are given and ended by others, one line each."""

    def test_giving_and_ending_a_role_are_a_line_each_and_count_at_once(self, house):
        client, person = house.signed_in("administrator"), house.person("author").id
        author = house.signed_in("author")
        before = len(house.lines())

        given = client.act(f"/people/{person}/roles", {"role": "quality", "operator": house.operator_id("ALPHA")})
        sees = author.get("/people").status_code
        membership = held(house, "author")[-1]
        ended = client.act(f"/people/{person}/roles/end", {"membership": membership, "reason": "moved on"})

        assert (given.status_code, sees, ended.status_code) == (303, 200, 303)
        assert actions(house.lines()[before:]) == ["identity:role:grant", "identity:role:end"]

    def test_a_role_held_already_is_not_given_twice(self, house):
        client, person = house.signed_in("administrator"), house.person("trainee").id

        answer = client.act(f"/people/{person}/roles", {"role": "trainee", "operator": house.operator_id("ALPHA")})

        assert answer.status_code == 409
        assert len(held(house, "trainee")) == 1

    @pytest.mark.requirement("AS-2.3.5")
    def test_nobody_gives_themselves_a_role_or_disables_themselves(self, house):
        client, me = house.signed_in("administrator"), house.person("administrator").id
        fields = {"role": "auditor", "operator": house.operator_id("ALPHA")}

        assert client.act(f"/people/{me}/roles", fields).status_code == 403
        assert client.act(f"/people/{me}/disable", {"reason": "just like that"}).status_code == 403
        assert "Modifier ses accès" not in page_of(client, f"/people/{me}")

    @pytest.mark.requirement("AS-8.4.1")
    def test_the_role_of_another_operator_is_out_of_reach(self, house):
        client = house.signed_in("administrator")
        foreign = held(house, "beta_trainee")[0]

        answer = client.act(
            f"/people/{house.person('trainee').id}/roles/end", {"membership": foreign, "reason": "just like that"}
        )

        assert answer.status_code == 422
        assert held(house, "beta_trainee") == [foreign]

    def test_an_operators_administrator_gives_no_role_for_the_hub(self, house):
        client = house.signed_in("administrator")

        answer = client.act(f"/people/{house.person('trainee').id}/roles", {"role": "trainee", "operator": ""})

        assert answer.status_code == 422


class TestDisabling:
    """Disabling is for good, with a reason, and never beyond one's own operator."""

    def test_disabling_ends_roles_and_needs_a_reason(self, house):
        client, person = house.signed_in("administrator"), house.person("trainee").id
        before = len(house.lines())

        without = client.act(f"/people/{person}/disable", {"reason": " x "})
        done = client.act(f"/people/{person}/disable", {"reason": "left the training"})
        again = client.act(f"/people/{person}/disable", {"reason": "left the training"})

        assert (without.status_code, done.status_code, again.status_code) == (422, 303, 409)
        assert held(house, "trainee") == []
        assert actions(house.lines()[before:]) == ["signatures:person:disable"]
        assert "Désactivé" in page_of(client, f"/people/{person}")

    @pytest.mark.requirement("AS-8.4.1")
    def test_a_person_whom_two_operators_share_is_the_hubs_to_disable(self, house):
        person = house.person("assessor").id
        with house.acting() as session:
            grant_role(session, person, Role.ASSESSOR, operator_id=house.operator_id("BETA"), actor=FOUNDER)

        one = house.signed_in("administrator").act(f"/people/{person}/disable", {"reason": "left us"})
        hub = house.signed_in("hub_administrator").act(f"/people/{person}/disable", {"reason": "left us"})

        assert (one.status_code, hub.status_code) == (403, 303)

    @pytest.mark.requirement("A11d-11.7")
    def test_an_administrator_opens_sign_in_again_after_too_many_failures(self, house):
        administrator, person = house.signed_in("administrator"), house.person("trainee").id
        with clock.simulated(clock.now()) as time:
            guess = {"login": "trainee", "code": "x", "password": "p", "repeated": "p", "informed": "y"}
            for _ in range(6):
                house.client().act("/activate", guess | {"notice": NOTICE.digest})
                time.advance(seconds=10)
            listed = page_of(administrator, "/people")
            shown = page_of(administrator, f"/people/{person}")
            answer = administrator.act(f"/people/{person}/unlock", {"reason": "it was them, keyboard in English"})
            after = page_of(administrator, f"/people/{person}")

        assert listed.count("Connexion bloquée") == 1
        assert "Rouvrir la connexion" in shown
        assert answer.status_code == 303
        assert "Connexion bloquée" not in after
        assert actions(house.lines())[-1] == "identity:person:unlock"


def test_what_other_rooms_know_of_a_person_stands_on_their_page(house):
    from markupsafe import Markup

    from app.web.visitors import Edge

    around = house.app.extensions["cahier"]
    assert isinstance(around, Edge)
    around.person_panels.append(lambda person_id, actor: Markup("<p>panel of {}</p>").format(person_id))
    person = house.person("trainee").id

    assert f"<p>panel of {person}</p>" in page_of(house.signed_in("quality"), f"/people/{person}")

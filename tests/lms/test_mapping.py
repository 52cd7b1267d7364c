"""What of a platform stands for which exercise or competency: proposed, confirmed, chosen, ended; what launches do."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from app.delivery.services import targets
from app.lms import queries
from config.secrets import DELIVERY, read_secret
from tests.flows.lrs import COMMAND
from tests.lms.platform import Activity
from tests.moodle.moodle import TOKEN, Complaint, Moodle, tellable
from xapi.moodle import KIND

pytestmark = pytest.mark.requirement("LT-1")
BARE = Activity(id="7", title="Une petite pesee", custom={})


def tool(instance, name="Une petite pesée", **more):
    """Return an external tool as the plug-in tells it."""
    return module(100 + instance, name, **{"module": "lti", "instance": instance} | more)


def module(number, name, **more):
    """Return an activity as the plug-in tells it."""
    said = {"cmid": number, "instance": 1, "module": "page", "course": "Biotech", "name": name}
    return said | {"idnumber": "", "exercise": ""} | more


def competency(number, name, id_number=""):
    """Return a competency as the plug-in tells it."""
    return {"id": number, "idnumber": id_number, "shortname": name, "framework": "Biotech 2026"}


class Desk:
    """An administrator before the page of the platform's only deployment, and a Moodle that answers there."""

    def __init__(self, course):
        self.course = course
        self.house = course.house
        self.client = course.house.signed_in("administrator")
        self.moodle = Moodle()
        course.platform.routes["POST", "/webservice/rest/server.php"] = self._answer
        with self.house.storage.reading() as session:
            ((deployment, _),) = queries.deployments_for(session, COMMAND)
        self.deployment_id = deployment.id
        self.path = f"/lti/mapping/{deployment.id}"

    def reach(self, actor=None):
        """Make the Moodle a target of the operator too, so that it is asked what it has."""
        key = read_secret(self.house.settings.keys, DELIVERY)
        with self.house.acting() as session:
            new = targets.NewTarget(KIND, "school", self.course.platform.issuer, TOKEN, {})
            targets.add_target(session, key, new, actor=actor or self.house.actor("administrator"))
        return self

    def page(self):
        """Return the page's text."""
        return self.client.get(self.path).text

    def proposals(self):
        """Return what is proposed, and whether it is ticked."""
        found = re.findall(r'name="pair" value="([^"]+)"( checked)?', self.page())
        return {value: bool(ticked) for value, ticked in found}

    def confirm(self, **fields):
        """Send a form of the page."""
        return self.client.act(self.path, fields)

    def mappings(self):
        """Return what stands for what, with why."""
        with self.house.storage.reading() as session:
            found = queries.mappings_of(session, self.deployment_id)
        return {(one.kind.value, one.thing_id): (one.code, one.ground.value) for one in found}

    def read(self, launched):
        """Return the page to which a launch leads, past the notice that comes before it once."""
        address, client = launched.headers["Location"], self.course.client
        notice = re.search(r'name="notice" type="hidden" value="([^"]+)"', client.get("/privacy/notice").text)
        if notice:
            client.act("/privacy/notice", {"notice": notice[1], "next": address})
        return client.get(address).text

    def end(self):
        """End the only mapping on its page."""
        (address,) = re.findall(r"/lti/mappings/[0-9a-f-]+/end", self.page())
        return self.client.act(address)

    def _answer(self, _platform, request):
        try:
            return 200, self.moodle.answer(dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
        except Complaint as complaint:
            return 200, complaint.said


@pytest.fixture
def desk(course):
    """A hub that knows a platform, and its administrator."""
    return Desk(course)


def test_an_activity_without_an_exercise_is_proposed_by_its_name_and_opens_it_once_confirmed(desk):
    before = desk.course.launch(activity=BARE)
    proposals = desk.proposals()
    done = desk.confirm(pair=list(proposals))
    after = desk.course.launch(activity=BARE)

    assert "/lti/launches/" in before.headers["Location"]
    assert proposals == {"link:7=TST-001": False}
    assert done.status_code == 303
    assert "/records/" in after.headers["Location"]
    assert desk.mappings() == {("link", "7"): ("TST-001", "similar-name")}


def test_a_parameter_that_is_nearly_right_is_ticked_beforehand(desk):
    answer = desk.course.launch(activity=Activity(custom={"exercise": "tst 001"}, title="Séance 3"))
    page = desk.read(answer)

    assert "tst 001" in page
    assert desk.proposals() == {"link:7=TST-001": True}


def test_what_the_course_names_itself_wins_over_a_mapping(desk):
    desk.course.launch(activity=BARE)
    desk.confirm(pair=["link:7=TST-001"])
    desk.course.launch(activity=Activity(custom={"exercise": "TST-001"}))

    with desk.house.storage.reading() as session:
        (link,) = queries.links_of(session, desk.deployment_id)
    launched = [line for line in desk.house.lines("ALPHA") if line["action"] == "lms:launch:open"]
    assert (link.named, link.exercise_code, link.title) == ("TST-001", "TST-001", "Pipettes")
    assert "mapping" not in launched[-1]["after"]


def test_an_ended_mapping_opens_nothing_any_more(desk):
    desk.course.launch(activity=BARE)
    desk.confirm(pair=["link:7=TST-001"])
    desk.course.launch(activity=BARE)
    ended = desk.end()
    after = desk.course.launch(activity=BARE)

    assert ended.status_code == 303
    assert desk.mappings() == {}
    assert "/lti/launches/" in after.headers["Location"]


@pytest.mark.requirement("LT-5")
def test_the_token_of_the_hub_tells_an_operators_administrator_nothing(desk):
    desk.moodle.mappables = tellable(tool(7), module(12, "TST 001 – fiche"))
    desk.reach(actor=COMMAND)
    the_hubs = desk.house.signed_in("hub_administrator")

    assert "TST 001 – fiche" not in desk.page()
    assert "TST 001 – fiche" in the_hubs.get(desk.path).text


def test_an_activity_that_no_longer_names_an_exercise_can_be_mapped(desk):
    desk.course.launch(activity=replace(BARE, custom={"exercise": "TST-001"}))
    refused = desk.confirm(activity="link:7", exercise="TST-001").status_code
    desk.course.launch(activity=BARE)
    desk.confirm(activity="link:7", exercise="TST-001")

    assert refused == 422
    assert desk.mappings() == {("link", "7"): ("TST-001", "by-hand")}


def test_each_act_is_one_line_with_all_that_was_confirmed(desk):
    desk.moodle.mappables = tellable(
        tool(7), module(12, "TST 001 – fiche"), competencies=[competency(4, "Peser juste", "TST-01")]
    )
    desk.reach()
    count = len(desk.house.lines("ALPHA"))
    desk.confirm(pair=["link:7=TST-001", "module:12=TST-001"])
    desk.confirm(outcome="competency:4", competency="TST-A")
    said = desk.house.lines("ALPHA")[count:]

    assert [line["action"] for line in said] == ["lms:mapping:set", "lms:mapping:set"]
    assert [one["thing"] for one in said[0]["after"]["mappings"]] == ["7", "12"]
    assert said[1]["after"]["mappings"] == [{"kind": "competency", "thing": "4", "code": "TST-A", "ground": "by-hand"}]


def test_the_moodle_is_asked_what_it_has_and_by_id_comes_first(desk):
    desk.moodle.mappables = tellable(
        tool(7, "Séance 1", idnumber="tst-001"),
        tool(8, "Séance 2", exercise="TST-001"),
        module(12, "Une petite pesée"),
        module(13, "Forum"),
        competencies=[competency(4, "Autre chose", "tst a"), competency(5, "Weigh right")],
    )
    page = desk.reach().page()

    assert desk.proposals() == {
        "link:7=TST-001": True,
        "module:12=TST-001": False,
        "competency:4=TST-A": True,
        "competency:5=TST-A": False,
    }
    assert "Biotech · Forum" in page
    assert "par son paramètre" in page


def test_a_launch_and_the_moodle_speak_of_the_same_activity(desk):
    desk.moodle.mappables = tellable(tool(7, "Une petite pesée"))
    desk.reach()
    desk.course.launch(activity=BARE)

    assert list(desk.proposals()) == ["link:7=TST-001"]


def test_without_the_plugin_the_courses_that_are_known_tell_what_they_can(desk):
    desk.moodle.has_plugin = False
    desk.moodle.contents = {"2": [{"id": 112, "instance": 7, "modname": "lti", "name": "Une petite pesée"}]}
    desk.course.launch(activity=BARE)
    page = desk.reach().page()

    assert "plugin de Cahier manque" in page
    assert "M-12" in page
    assert list(desk.proposals()) == ["link:7=TST-001"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"has_right": False}, "n’a pas le droit de lire"),
        ({"mappables": {"odd": True}}, "ne dit pas ce qu’il contient"),
        ({"mappables": tellable() | {"courses": []}}, "ne voit aucun cours"),
        ({"mappables": tellable() | {"whole": False}}, "plus qu’il ne peut dire"),
    ],
    ids=["no right", "nonsense", "no course", "cut"],
)
def test_what_the_moodle_cannot_say_is_said(desk, trouble, said):
    for name, value in trouble.items():
        setattr(desk.moodle, name, value)

    assert said in desk.reach().page().replace("&#39;", "’")


def test_without_a_target_the_page_says_what_is_missing(desk):
    assert "comme destination" in desk.page()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"activity": "link:7"},
        {"pair": ["link:99=TST-001"]},
        {"activity": "link:7", "exercise": "NOPE-1"},
        {"pair": ["link:7=TST-001"], "activity": "link:7", "exercise": "TST-001"},
    ],
    ids=["nothing", "one side", "not there", "no exercise", "twice"],
)
def test_what_cannot_be_mapped_stays_in_the_form_and_maps_nothing(desk, fields):
    desk.course.launch(activity=BARE)
    answer = desk.confirm(**fields)

    assert answer.status_code in (409, 422)
    assert desk.mappings() == {}
    if fields.get("activity"):
        assert '<option value="link:7" selected' in answer.text


def test_what_stands_for_one_thing_can_stand_for_another_after_it_was_ended(desk):
    desk.course.launch(activity=BARE)
    desk.confirm(pair=["link:7=TST-001"])
    again = desk.confirm(activity="link:7", exercise="TST-001")
    desk.end()
    once_more = desk.confirm(activity="link:7", exercise="TST-001")

    assert (again.status_code, once_more.status_code) == (422, 303)
    assert desk.mappings() == {("link", "7"): ("TST-001", "by-hand")}


def test_a_trainee_is_told_in_their_words_and_a_teacher_what_to_do(desk):
    told = desk.read(desk.course.launch(activity=BARE))
    link = desk.course.launch("9", activity=BARE).headers["Location"]
    answer = desk.course.client.act(link, {"login": "assessor", "password": "vier losse woorden van assessor"})
    teacher = desk.read(answer)

    assert "votre enseignant" in told
    assert "exercise=PIP-001" not in told
    assert "exercise=PIP-001" in teacher
    assert "moodle" in teacher


def test_nobody_sees_why_anothers_launch_opened_nothing(desk):
    address = desk.course.launch(activity=BARE).headers["Location"]

    assert desk.house.signed_in("assessor").get(address).status_code == 404


def test_an_operator_maps_its_own_deployments_alone(desk):
    desk.course.launch(activity=BARE)
    desk.confirm(pair=["link:7=TST-001"])
    (address,) = re.findall(r"/lti/mappings/[0-9a-f-]+/end", desk.page())
    other = desk.house.signed_in("beta_administrator")
    answers = [
        other.get(desk.path),
        other.act(desk.path, {"activity": "link:7", "exercise": "TST-001"}),
        other.act(address),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert desk.path not in other.get("/lti/mapping").text
    assert desk.mappings() == {("link", "7"): ("TST-001", "similar-name")}
    assert desk.house.signed_in("assessor").get(desk.path).status_code == 403


def test_the_page_is_found_from_the_platforms(desk):
    listed, shown = desk.client.get("/lti/platforms").text, desk.client.get("/lti/platforms/moodle").text
    led = desk.client.get("/lti/mapping")

    assert "/lti/mapping" in listed
    assert desk.path in shown
    assert led.headers["Location"] == desk.path

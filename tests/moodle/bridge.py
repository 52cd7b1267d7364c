"""A hub whose people a Moodle knows, a simulated Moodle, and a worker that delivers to it."""

from datetime import timedelta

from app.audit.actions import Action
from app.delivery.queries import dead_letters, latest_receipts, target_in_use
from app.delivery.rules import Limits
from app.delivery.services import targets
from app.delivery.services.couriers import Couriers, deliver_once, open_carrier
from app.delivery.services.standing import standings
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel import clock
from app.lms.queries import deployments_of
from app.lms.rules.mapping import Ground, Suggestion, Thing
from app.lms.services.mapping import set_mappings
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.tool_keys import new_tool_key
from config.secrets import DELIVERY, read_secret
from tests.flows.lrs import COMMAND
from tests.installation import FOUNDER
from tests.lms.moodle import registration
from tests.moodle.moodle import TOKEN
from tests.unit.xapi.trail import SIGNATURE, approved, write_line
from xapi.feed import derive_once
from xapi.moodle import KIND
from xapi.statements import Hub

STUDENT, ASSESSOR = "4", "3"


class Bridge:
    """A hub, a Moodle, and a worker between them."""

    def __init__(self, house, moodle):
        self.house = house
        self.moodle = moodle
        self.key = read_secret(house.settings.keys, DELIVERY)
        self.couriers = Couriers(self.key, Limits(requests=1, parcels=8))
        self.time = clock.now()
        moodle.people |= {STUDENT, ASSESSOR}
        for login, number in (("trainee", STUDENT), ("assessor", ASSESSOR)):
            self.link(login, number)

    def link(self, login, number):
        """Say which of the Moodle's people somebody is."""
        with self.house.acting() as session:
            person = self.house.person(login).id
            link_account(session, person, self.moodle.address, AccountName.ID, number, actor=FOUNDER)

    def add(self, token=TOKEN, **settings):
        """Make the Moodle a target."""
        with self.house.storage.transaction() as session:
            new = targets.NewTarget(KIND, "moodle", self.moodle.address, token, settings)
            targets.add_target(session, self.key, new, actor=COMMAND)

    def happen(self, record="0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111", performer="trainee", operator=None):
        """Let a record be executed and decided, and become statements."""
        trainee, assessor = (self.house.person(login).id for login in (performer, "assessor"))
        operator_id = self.house.operator_id(operator) if operator else None
        acts = [
            (Action.ENTRY_RECORDED, trainee, {"first": True, "step": "weigh", "field": "mass", "value": "5.1"}),
            (Action.STEP_COMPLETED, trainee, {"step": "weigh"}),
            (Action.RECORD_COMPLETED, trainee, {"signature": SIGNATURE}),
            (Action.RECORD_APPROVED, assessor, approved()),
        ]
        for action, actor, after in acts:
            said = {"performer": trainee} | after
            write_line(self.house.storage, action, operator_id=operator_id, actor=actor, record=record, **said)
        while derive_once(self.house.storage, Hub(self.house.settings.statement_home)):
            pass

    def withdraw(self):
        """Have the record sent back by somebody whom the Moodle does not know."""
        performer, checker = (self.house.person(login).id for login in ("trainee", "trainee2"))
        write_line(self.house.storage, Action.RECORD_RETURNED, actor=checker, performer=performer)
        while derive_once(self.house.storage, Hub(self.house.settings.statement_home)):
            pass

    def deliver(self):
        """Serve the target until nothing is left, however long it has to rest in between."""
        for _ in range(40):
            with clock.simulated(self.time):
                progress = deliver_once(self.house.storage, self.couriers)
            standing = self.standing()
            if progress.idle and standing.pending == 0:
                return
            if standing.stopped:
                return
            due = clock.from_text(standing.not_before) if standing.not_before else self.time
            self.time = max(due, self.time + timedelta(minutes=2))
        raise AssertionError(f"never ends: {self.standing()}")

    def standing(self):
        """Return where the target stands."""
        with self.house.storage.reading() as session:
            return standings(session, COMMAND)[0]

    def letters(self):
        """Return why what was refused was refused."""
        with self.house.storage.reading() as session:
            target = target_in_use(session, "moodle", COMMAND)
            return [row.answer for row in dead_letters(session, target.id, 100)]

    def answers(self, fate):
        """Return what is written on the receipts of a fate."""
        with self.house.storage.reading() as session:
            target = target_in_use(session, "moodle", COMMAND)
            return [row.answer for row in latest_receipts(session, target.id, 100) if row.fate is fate]

    def try_it(self, *, sending=False):
        """Try the target."""
        with self.house.storage.reading() as session:
            carrier = open_carrier(target_in_use(session, "moodle", COMMAND), self.key)
        try:
            return carrier.rehearse() if sending else carrier.probe()
        finally:
            carrier.close()

    def know_as_platform(self, operator="ALPHA"):
        """Let the Moodle launch exercises for an operator too; return the deployment's id."""
        new = NewPlatform(
            registration(self.moodle.address), ["1"], self.house.operator_id(operator), new_tool_key(self.key)
        )
        with self.house.acting() as session:
            platform = add_platform(session, new, actor=COMMAND)
        with self.house.storage.reading() as session:
            return deployments_of(session, platform.id)[0].id

    def map(self, deployment_id, *pairs):
        """Let things of the Moodle, given as kind and number, stand for codes."""
        confirmed = [Suggestion(Thing(kind, number, "x"), code, Ground.BY_HAND) for (kind, number), code in pairs]
        with self.house.acting() as session:
            set_mappings(session, deployment_id, confirmed, actor=COMMAND)


def verbs(moodle):
    """Return what the Moodle was told, in order."""
    return [one["verb"]["id"].rpartition("/")[2] for one in moodle.taken.values()]

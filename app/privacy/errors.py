"""What the room refuses."""

from app.kernel.errors import N_, Conflict, Invalid, Refused
from app.web.visitors import SignInNeeded


class ErasureBlocked(Conflict):
    """Something must end before a person's values may go (GDPR 17(3))."""

    code = "erasure-blocked"
    message = N_("This person's values cannot be erased yet. The page says what must end first.")


class OnePersonOnly(Refused):
    """Whoever proposed an erasure does not confirm it."""

    code = "erasure-one-person"
    message = N_("Another person must confirm what you proposed.")


class NamesInDecision(Invalid):
    """The decision would name the very person whose name is erased."""

    code = "erasure-names-person"
    message = N_("Do not name the person here: the decision stays. Cite the file of the request instead.")


class NotOneselfErased(Refused):
    """Nobody decides over their own values."""

    code = "erasure-not-oneself"
    message = N_("Others decide about your own values. Ask somebody who may.")


class TermRunsOut(Conflict):
    """More time is said within the first month, and once (GDPR 12(3))."""

    code = "request-not-extendable"
    message = N_("More time can be taken once only, and before the first month is over.")


class Restricted(Conflict):
    """A restriction is in force already."""

    code = "restriction-in-force"
    message = N_("The use of this person's data is restricted already.")


class NotToldYet(Conflict):
    """The person is told before a restriction ends (GDPR 18(3))."""

    code = "restriction-not-announced"
    message = N_("The person is told first, and seven days must pass before the restriction ends.")


class BreachUnsettled(Conflict):
    """A breach is closed when all that was decided is done."""

    code = "breach-unsettled"
    message = N_("Not yet: decide first, then notify everybody whom you decided to notify.")


class BreachOnePersonOnly(Refused):
    """Whoever decided over a breach does not close it."""

    code = "breach-one-person"
    message = N_("Another person must close what you decided.")


class EmployerTokenUnknown(SignInNeeded):
    """No company has this token, or it is over."""

    code = "employer-token"
    message = N_("This token opens nothing: it is unknown, revoked or over.")


class NotOneselfDisclosed(Refused):
    """Nobody discloses their own results by an act of office."""

    code = "disclosure-not-oneself"
    message = N_("Others decide what is disclosed of you. Ask somebody who may.")

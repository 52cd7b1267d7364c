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


class EmployerTokenUnknown(SignInNeeded):
    """No company has this token, or it is over."""

    code = "employer-token"
    message = N_("This token opens nothing: it is unknown, revoked or over.")


class NotOneselfDisclosed(Refused):
    """Nobody discloses their own results by an act of office."""

    code = "disclosure-not-oneself"
    message = N_("Others decide what is disclosed of you. Ask somebody who may.")

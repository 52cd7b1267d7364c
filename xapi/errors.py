"""What the LRS refuses. These answers are read by programs: they are in English, as the standard's own words are."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound, NotNow, Refused


class Malformed(ValueError):
    """What was sent breaks a rule of the standard; `place` says where in it."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


class Differs(ValueError):
    """A statement of this id is stored already, and it says something else (xAPI-Data §2.3.1)."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"a different statement with the id {identifier} is stored")


class BeingServed(Conflict):
    """A worker is sending to the target at this moment."""

    code = "target-being-served"
    message = N_("Statements are on their way to this target just now. Try again in two minutes.")


class CredentialRefused(Refused):
    """No credential in use has this name and password; the same answer whatever was wrong."""

    code = "xapi-credential-refused"
    message = N_("This name and password do not open the LRS.")


class ScopeMissing(Refused):
    """The credential is not allowed to do this."""

    code = "xapi-scope-missing"
    message = N_("This credential may not do this.")


class CredentialNameTaken(Conflict):
    """Another credential in use has this name."""

    code = "xapi-credential-name-taken"
    message = N_("Another credential has this name.")


class NoSuchCredential(NotFound):
    """There is no credential of this name in use, or it is another operator's."""

    code = "no-such-xapi-credential"
    message = N_("There is no credential of this name.")


class BadCredential(Invalid):
    """The name or scopes of a credential cannot be used; `fields` says why."""

    code = "bad-xapi-credential"


class PreconditionFailed(ValueError):
    """The document is not the one that the request expects (xAPI-Communication §3.1)."""


class AlreadyThere(ValueError):
    """A request would replace a document without saying which one it knows (xAPI-Communication §3.1)."""


class BadLms(Invalid):
    """The name or the addresses of an LMS cannot be used; `fields` says why."""

    code = "bad-lms"


class LmsNameTaken(Conflict):
    """Another LMS in use has this name."""

    code = "lms-name-taken"
    message = N_("Another LMS has this name.")


class NoSuchLms(NotFound):
    """There is no LMS of this name in use, or it is another operator's."""

    code = "no-such-lms"
    message = N_("There is no LMS of this name.")


class BadLaunch(Invalid):
    """A parameter of a launch is missing, given twice or misformed (cmi5 §8.1)."""

    code = "bad-launch"
    message = N_("The address by which the course opened this page is not whole: “%(parameter)s” is missing or wrong.")

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter=parameter)


class UnknownLms(Refused):
    """A launch leads to addresses of no registered LMS."""

    code = "unknown-lms"
    message = N_("The hub does not know the system that opened this page. Its administrator can register it.")


class OthersAccount(Refused):
    """A launch names an account that is linked to somebody else, or not the one that is linked to this person."""

    code = "others-account"
    message = N_("The course was opened by another person than the one who is signed in here.")


class LaunchRefused(Conflict):
    """The LMS that launched gives no token, or says nothing that the hub could go by."""

    code = "launch-refused"
    message = N_("The course could not give the hub access.")


class LmsSilent(Conflict):
    """The LMS that launched does not answer."""

    code = "lms-silent"
    message = N_("The course does not answer. Go back to it and open the exercise again in a moment.")


class LaunchSpent(Conflict):
    """This launch was begun once, and no session came of it."""

    code = "launch-spent"
    message = N_("This launch was used already. Go back to the course and open the exercise again.")


class SessionClosed(NotNow):
    """The session of a course has ended."""

    code = "course-session-closed"
    message = N_("This session of the course has ended. Open the exercise from the course again.")


class NoRecordWaits(Conflict):
    """Nobody issued a record of the exercise to this person."""

    code = "no-record-waits"
    message = N_("No record of this exercise waits for you.")

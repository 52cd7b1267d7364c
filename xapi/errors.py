"""What the LRS refuses. These answers are read by programs: they are in English, as the standard's own words are."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refused


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

"""What identity refuses, in words for the person concerned; none tells a stranger who exists."""

from app.kernel.errors import N_, Conflict, Invalid, NotNow, Refused


class SignInFailed(Refused):
    """Login and password do not open a session; the same words whatever was wrong (ES-5)."""

    code = "sign-in-failed"
    message = N_("These details do not open a session. Check them, or ask an administrator of your operator.")


class PasswordFirst(Refused):
    """The session was begun by a course, which vouches for its person at one operator alone (LT-4)."""

    code = "password-first"
    message = N_("A course opened this session, for its operator alone. Enter your own password first.")


class SessionOver(Refused):
    """The session was ended, revoked, or went past its limits."""

    code = "session-ended"
    message = N_("Your session is over. Sign in again.")


class HandOverOver(Refused):
    """The way from a course's frame into a tab of its own was used, is over, or is none."""

    code = "own-tab-over"
    message = N_("This way into a tab of its own was used already, or is over. Reload the page in your course.")


class WrongPassword(Refused):
    """The password re-entered for a deed is wrong."""

    code = "wrong-password"
    message = N_("The name or password is wrong. Nothing was signed or changed.")


class WeakPassword(Invalid):
    """The password can be guessed; `message` says what to do about it."""

    code = "weak-password"
    message = N_("Choose a longer or less common password: at least 14 characters, for example four unrelated words.")


class ActivationFailed(Refused):
    """The activation code is wrong, used or expired."""

    code = "activation-failed"
    message = N_("This activation code is not valid any more. Ask an administrator for a new one.")


class LoginTaken(Conflict):
    """The login is, was, or looks like, that of another person; logins are never given twice (P11.100(a))."""

    code = "login-taken"
    field = "login"
    message = N_("This login is or was in use. Choose another one.")


class EmailTaken(Conflict):
    """The e-mail address is, was, or is the login of, that of another person (P11.100(a))."""

    code = "email-taken"
    field = "email"
    message = N_("This e-mail address is or was somebody else's. Choose another one, or leave it empty.")


class AccountTaken(Conflict):
    """The other system's name is linked to somebody else already."""

    code = "account-taken"
    field = "name"
    message = N_("This account is linked to another person. End that link first, or check the name.")


class CodeTaken(Conflict):
    """Another operator has this code."""

    code = "code-taken"
    field = "code"
    message = N_("Another operator has this code.")


class RolesClash(Refused):
    """One person would administer people and take part in the activity (A11d-11.10)."""

    code = "roles-clash"
    message = N_("An administrator takes no part in training: this role and that of administrator exclude each other.")


class NotOnesOwn(Refused):
    """Nobody gives roles to, or takes access from, themselves: misuse must need two people (P11.200(a)(3))."""

    code = "not-ones-own"
    message = N_("You cannot do this for yourself. Ask another administrator.")


class PlaceCodeTaken(Conflict):
    """A site or room in use has this code, for somebody who would see both."""

    code = "place-code-taken"
    field = "code"
    message = N_("This code is in use already. Choose another one.")


class SharedByHub(Refused):
    """A site or room that all operators share is the hub's to add and to end."""

    code = "shared-by-hub"
    message = N_("What all operators share is added and ended by an administrator of the hub.")


class HubOnly(Refused):
    """Only those who act for the hub itself may do this."""

    code = "hub-only"
    message = N_("Only an administrator of the hub can do this.")


class FactorNeeded(Invalid):
    """The first signature of a session also takes the person's second factor (ES-1)."""

    code = "factor-needed"
    message = N_("Enter the code from your authenticator as well, or use your passkey.")

    def __init__(self) -> None:
        super().__init__(fields={"factor_code": FactorNeeded.message})


class FactorMissing(NotNow):
    """This hub asks everybody who signs for a second factor, and the person has none (A11d-11.6)."""

    code = "factor-missing"
    message = N_("Before you sign, enrol a second factor on your account page: an authenticator or a passkey.")


class FactorLost(NotNow):
    """A factor was lost, and nobody confirmed since then who its person is (P11.300(c), KM-7)."""

    code = "factor-lost"
    message = N_(
        "Your second factor was removed because it was lost. Before you sign or enrol another, somebody else must "
        "confirm again who you are: an assessor, quality or an administrator, though not whoever removed it."
    )


class NoPasskey(Invalid):
    """A passkey was to sign too, and the person who signs has none that works."""

    code = "no-passkey"
    message = N_("You have no passkey that works here. Sign without it.")

    def __init__(self) -> None:
        super().__init__(fields={"factor_code": NoPasskey.message})


class WrongFactor(Refused):
    """The code or the passkey's answer is wrong, too old, or was used already."""

    code = "wrong-factor"
    message = N_(
        "The code or passkey is wrong, or was used already. Wait for the next code. Nothing was signed or changed."
    )


class FactorSuspected(Refused):
    """A passkey counted back, so that there may be a copy of it, or the only factors left are such (P11.300(e))."""

    code = "factor-suspected"
    message = N_(
        "Your passkey is out of use: there may be a copy of it. Ask an administrator to remove it, then enrol again."
    )


class FactorSealBroken(Conflict):
    """The secret of an authenticator does not open with the hub's key, which was lost or replaced."""

    code = "factor-seal-broken"
    message = N_("Your authenticator cannot be checked any more. Ask an administrator to remove it, then enrol again.")


class UnderRestriction(Conflict):
    """The use of a person's data is restricted: they are stored, and nothing is done with them (GDPR 18)."""

    code = "under-restriction"
    message = N_("The use of this person's data is restricted: they are kept, and nothing is done with them for now.")


class NoticeChanged(Conflict):
    """Another version of the notice came while somebody read the one before."""

    code = "notice-changed"
    field = "informed"
    message = N_("The text about your data changed while you read it. Read it again, then tick the box.")


class GuardianFirst(Refused):
    """Somebody this young has no account before a parent or guardian was informed (GD-minors)."""

    code = "guardian-first"
    message = N_("A parent or guardian must be informed first. Ask whoever gave you the code.")

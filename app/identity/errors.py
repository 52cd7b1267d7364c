"""What identity refuses, in words for the person concerned; none tells a stranger who exists."""

from app.kernel.errors import N_, Conflict, Invalid, Refused


class SignInFailed(Refused):
    """Login and password do not open a session; the same words whatever was wrong (ES-5)."""

    code = "sign-in-failed"
    message = N_("These details do not open a session. Check them, or ask an administrator of your operator.")


class SessionOver(Refused):
    """The session was ended, revoked, or went past its limits."""

    code = "session-ended"
    message = N_("Your session is over. Sign in again.")


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


class HubOnly(Refused):
    """Only those who act for the hub itself may do this."""

    code = "hub-only"
    message = N_("Only an administrator of the hub can do this.")

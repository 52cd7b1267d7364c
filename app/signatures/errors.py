"""Why a signature is not made."""

from app.kernel.errors import N_, Invalid, NotNow, Refused


class NoSigningKey(NotNow):
    """The person has no valid key: they have not accepted the accountability statement (P11.10(j))."""

    code = "no-signing-key"
    message = N_("Before your first signature, accept the accountability statement on your account page.")


class SignerExcluded(Refused):
    """The meaning excludes this signer: a performer checks, reviews or approves nothing of their own (§13.5)."""

    code = "signer-excluded"
    message = N_("You took part in this yourself, so somebody else must sign here.")


class ContentChanged(NotNow):
    """What the signer saw is no longer what is stored; nothing is signed unseen (ES-3, ER-27)."""

    code = "content-changed"
    message = N_("The content changed while you were looking at it. Read it again, then sign.")


class WitnessNeeded(NotNow):
    """A key after a lost password needs somebody who vouches for the person, and who did not reset it (KM-7)."""

    code = "witness-needed"
    message = N_(
        "Your earlier key was ended. Somebody else who signs for your operator must confirm here that it is you."
    )


class LoginNeeded(Invalid):
    """The first signature of a session takes both parts, login and password (P11.200(a)(1)(i), ES-1)."""

    code = "login-needed"
    message = N_("This is your first signature since you signed in: enter your login and your password.")

    def __init__(self) -> None:
        super().__init__(fields={"login": LoginNeeded.message})

"""Why a signature is not made."""

from app.kernel.errors import N_, NotNow, Refused


class NoSigningKey(NotNow):
    """The person has no valid key: they have not accepted the accountability statement since their last password (P11.10(j))."""

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

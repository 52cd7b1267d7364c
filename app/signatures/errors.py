"""Why a signature is not made."""

from typing import TYPE_CHECKING

from app.kernel.errors import N_, CahierError, Conflict, Invalid, NotNow, Refused

if TYPE_CHECKING:
    from app.signatures.rules import Fresh


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


class NotCertified(NotNow):
    """The key waits for somebody who confirms whose it is; without a certificate nothing is signed (KM-2)."""

    code = "not-certified"
    message = N_(
        "Your key is made, but nobody has confirmed yet that it is yours. Ask an assessor, quality or an administrator "
        "of your operator to confirm who you are: here on your statement's page, or on their own screen."
    )


class CertificateOver(NotNow):
    """The certificate ended with its year; a new key gets a new one (KM-4)."""

    code = "certificate-over"
    message = N_(
        "Your certificate has ended. Make a new key on the page of your accountability statement, and let somebody "
        "confirm who you are."
    )


class NotIndependent(Refused):
    """Whoever gave the activation code or removed a lost factor, or was let in by them, confirms nobody (KM-7)."""

    code = "not-independent"
    message = N_(
        "Somebody else must confirm this identity: neither the person, nor whoever gave them their activation code or "
        "removed their second factor, nor somebody whom that one let in."
    )


class NoProofOfPossession(Refused):
    """The request was not signed by the key that it names (KM-2)."""

    code = "no-proof-of-possession"
    message = N_("This key came without proof that its person holds it. The person must make a new key.")


class IncidentOnePersonOnly(Refused):
    """Whoever reviewed an incident does not close it."""

    code = "incident-one-person"
    message = N_("You reviewed this incident. Somebody else must close it.")


class AuthorityMissing(Conflict):
    """The hub has no issuing authority, so nobody can be certified."""

    code = "authority-missing"
    message = N_("The hub's certificate authority is missing: run `cahier init`, or restore the backup of keys.")


class RootRefused(CahierError):
    """A root cannot be made or opened; the message says why."""

    code = "root-refused"


class LoginNeeded(Invalid):
    """The first signature of a session takes both parts, login and password (P11.200(a)(1)(i), ES-1)."""

    code = "login-needed"
    message = N_("This is your first signature since you signed in: enter your login and your password.")

    def __init__(self) -> None:
        super().__init__(fields={"login": LoginNeeded.message})


class CosignNeeded(Exception):
    """The manifest is drafted, and the passkey of the person who signs is to sign its digest; nothing was recorded."""

    def __init__(self, person_id: str, digest: str, fresh: "Fresh") -> None:
        super().__init__("a passkey is to sign a manifest")
        self.person_id, self.digest, self.fresh = person_id, digest, fresh

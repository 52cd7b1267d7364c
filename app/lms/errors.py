"""What the door to learning platforms refuses, each with a code of its own and a sentence for the person before it."""

from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refused


class PlatformTaken(Conflict):
    """Another platform in use has this name, or this issuer and client id."""

    code = "platform-taken"
    message = N_("Another platform has this name, or this issuer with this client id.")


class IssuerElsewhere(Refused):
    """Another operator's people are known by this issuer: who speaks for it could come in as them."""

    code = "issuer-elsewhere"
    message = N_("People of another operator are known by this issuer. The hub's administrator can add it for yours.")


class BadPlatform(Invalid):
    """What was said of a platform cannot be used; `fields` says why."""

    code = "bad-platform"


class NoSuchPlatform(NotFound):
    """There is no platform of this name in use, or it is another operator's."""

    code = "no-such-platform"
    message = N_("There is no platform of this name.")


class NotEmpty(Conflict):
    """Work, a signature or a decision is recorded for somebody whom a launch made; it stays theirs."""

    code = "join-not-empty"
    message = N_(
        "Work is recorded in the account that the course made for you, and stays there. "
        "Ask an administrator to link your account of the course to the older one."
    )


class AlreadyKnown(Conflict):
    """The platform knows the older person by another account."""

    code = "join-already-known"
    message = N_(
        "The platform knows this person by another account already. Ask an administrator which of the two is right."
    )


class NoSuchCourse(NotFound):
    """There is no such course or cohort that follows one, or it is another operator's."""

    code = "no-such-course"
    message = N_("There is no such course, or it does not say who is in it.")


class RosterTaken(Conflict):
    """A cohort follows this course already."""

    code = "roster-taken"
    message = N_("A cohort follows this course already.")


class NoSuchRequest(NotFound):
    """The platform asked nothing of this person, not any more, or it was answered."""

    code = "no-such-content-request"
    message = N_("This choice was sent already, or its time is over. Begin again in the course.")


class NoSuchMapping(NotFound):
    """There is no such mapping in use, or it is another operator's."""

    code = "no-such-mapping"
    message = N_("This mapping is not there, or not any more.")


class NothingMapped(Conflict):
    """What was confirmed stands so already, or nothing was chosen."""

    code = "nothing-mapped"
    message = N_("Nothing new was chosen. Tick a proposal, or choose both sides of a mapping.")


class BadMapping(Invalid):
    """One thing is to stand for two, or for what the hub has not, or is not there any more."""

    code = "bad-mapping"
    message = N_("One of the things chosen is chosen twice, or is not there any more. Look at the page as it is now.")


class LaunchRefused(Refused):
    """A launch fails a check of the 1EdTech security framework; the subclass says which."""

    code = "lti-launch-refused"
    message = N_("The course could not open this page. Go back to it and open the activity again.")


class UnknownPlatform(LaunchRefused):
    """Issuer and client id name no platform in use (security framework §5.1.1.1)."""

    code = "lti-unknown-platform"
    message = N_("The hub does not know the platform that opened this page. Its administrator can register it.")


class WrongState(LaunchRefused):
    """The state is none of ours, is another browser's, or its time is over (OIDC core §3.2.2.1)."""

    code = "lti-wrong-state"
    message = N_("This page was opened in another browser, or too long ago. Open the activity in the course again.")


class LaunchSpent(LaunchRefused):
    """State and nonce were spent before: this is a launch that was sent a second time (security framework §5.1.3)."""

    code = "lti-launch-spent"
    message = N_("This launch was used already. Go back to the course and open the activity again.")


class NotSigned(LaunchRefused):
    """The token is no JWT signed with RS256 (security framework §5.1.2, §6.1)."""

    code = "lti-not-signed"
    message = N_("What the platform sent is not signed as it must be.")


class UnknownKey(LaunchRefused):
    """The token names a key that the platform does not publish (security framework §6.3)."""

    code = "lti-unknown-key"
    message = N_("What the platform sent is signed with a key that it does not publish.")


class BadSignature(LaunchRefused):
    """The signature is not that of the key which the token names."""

    code = "lti-bad-signature"
    message = N_("What the platform sent was changed on its way, or comes from somebody else.")


class WrongAudience(LaunchRefused):
    """The token is for somebody else: `aud` or `azp` (OIDC core §3.1.3.7)."""

    code = "lti-wrong-audience"
    message = N_("What the platform sent is meant for another tool.")


class WrongTimes(LaunchRefused):
    """The token has expired, or was made in the future: `exp`, `iat`, `nbf`."""

    code = "lti-wrong-times"
    message = N_("The launch has expired, or the clocks of the platform and the hub differ. Open the activity again.")


class WrongNonce(LaunchRefused):
    """The nonce is not the one that this round began with (OIDC core §15.5.2)."""

    code = "lti-wrong-nonce"
    message = N_("This launch does not belong to the one that was begun. Open the activity in the course again.")


class WrongDeployment(LaunchRefused):
    """The deployment is not known for this platform (LTI 1.3 core §5.3.3)."""

    code = "lti-wrong-deployment"
    message = N_("The hub does not know this place of the platform. Its administrator can add the deployment.")


class BadMessage(LaunchRefused):
    """Message type, version, target or a claim that they need is missing or wrong (LTI 1.3 core §5.3)."""

    code = "lti-bad-message"
    message = N_("What the platform sent is not whole: “%(claim)s” is missing or wrong.")

    def __init__(self, claim: str) -> None:
        super().__init__(claim=claim)


class NotLetIn(LaunchRefused):
    """The person whom the platform vouches for has no access here: disabled, reset, or without a role."""

    code = "lti-not-let-in"
    message = N_("The hub has closed your access, or given you no role. Ask its administrator.")


class AccountUnknown(LaunchRefused):
    """The platform vouches for somebody whom the hub does not know, and whom it does not make (LT-5)."""

    code = "lti-account-unknown"
    message = N_("The hub does not know this account yet. Sign in to link it to yours.")


class PlatformRefused(LaunchRefused):
    """The platform itself says that it does not let the person through (OIDC core §3.1.2.6)."""

    code = "lti-platform-refused"
    message = N_("The platform did not say who you are. Sign in there, and open the activity again.")


class InvitationOver(Refused):
    """The invitation of a platform was used, is over, or never was."""

    code = "lti-invitation-over"
    message = N_("This invitation was used, or its time is over. Ask the administrator of the hub for another one.")


class NotTeaching(LaunchRefused):
    """Somebody who does not teach in the course is to choose its content."""

    code = "lti-not-teaching"
    message = N_("Content is chosen by those who teach in the course.")


class PlatformSilent(Conflict):
    """The platform does not answer, or not with what was asked for."""

    code = "platform-silent"
    message = N_("The platform does not answer as it should. Try again in a moment.")


class NoTokenGiven(Exception):
    """A platform gives no access token; `status` is what it answered, None for no answer at all."""

    def __init__(self, status: int | None, answer: str) -> None:
        super().__init__(f"{status or 'no answer'}: {answer}")
        self.status = status
        self.answer = answer

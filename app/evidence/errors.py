"""What the room refuses."""

from app.kernel.errors import N_, CahierError, Conflict, Invalid


class PaperUnavailable(CahierError):
    """This machine lacks the libraries that lay out pages."""

    code = "paper-unavailable"
    message = N_("This machine cannot make PDFs: a library is missing. Whoever runs it finds more in its log file.")


class PaperFaulty(CahierError):
    """The PDF is not what PDF/A asks for, so that nobody gets it."""

    code = "paper-faulty"
    message = N_("The PDF would not last as an archive needs it, and was not handed out.")


class NotSealed(Conflict):
    """Lines of the record came after the last checkpoint: there is nothing yet to prove them by."""

    code = "not-sealed"
    message = N_("Somebody was writing in this record at the same moment. Try again.")


class TooHard(Invalid):
    """A file to verify asks for more time or memory than the page gives to strangers."""

    code = "too-hard"
    message = N_("This file asks for more time or memory than this page gives. Verify it on your own machine.")


class NothingToVerify(Invalid):
    """No file came, or one that is too large for what it is."""

    code = "nothing-to-verify"


class Unjudged(Invalid):
    """The verifier cannot judge a file; what it says is in the person's language already."""

    code = "unusable"
    message = "%(said)s"


class TrustUnavailable(Conflict):
    """A key of this hub cannot be read, so that it cannot say whom to trust."""

    code = "trust-unavailable"
    message = N_("This hub cannot say just now whom to trust. Bring a trust file of your own.")

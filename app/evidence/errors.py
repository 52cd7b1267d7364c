"""What the room refuses."""

from app.kernel.errors import N_, CahierError, Conflict


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

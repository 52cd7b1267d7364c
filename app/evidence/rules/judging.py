"""How much the page of verification reads, and what is asked of a sealed PDF, in words."""

from enum import StrEnum

from app.kernel.errors import N_

MOST_FILE_BYTES = 24 * 2**20
MOST_TRUST_BYTES = 1 * 2**20
MOST_UPLOAD_BYTES = MOST_FILE_BYTES + MOST_TRUST_BYTES + 64 * 2**10
"""Of a request: both files, and the form around them."""
MOST_FILES = 5_000
MOST_UNPACKED_BYTES = 96 * 2**20
MOST_SECONDS = 30
MOST_MEMORY_BYTES = 1536 * 2**20
FILES_OF_AN_ADDRESS = 60
"""In a quarter of an hour: a whole class may come from one address (C3)."""

TONES: dict[str, tuple[str, str]] = {
    "PASS": ("ok", "check-circle"),
    "FAIL": ("bad", "cross-circle"),
    "INDETERMINATE": ("warn", "help"),
    "REDACTED": ("note", "lock"),
}
"""Answer → tone and symbol; the word always stands beside them."""


class Check(StrEnum):
    """What is asked of the seal on a PDF (ETSI EN 319 142-1)."""

    SEALED = "sealed"
    INTACT = "intact"
    TRUSTED = "trusted"
    WHOLE = "whole"
    TIMED = "timed"


CHECKS: dict[str, str] = {
    Check.SEALED: N_("The PDF carries a seal"),
    Check.INTACT: N_("What was sealed is unaltered"),
    Check.TRUSTED: N_("The seal is one that the trust file vouches for"),
    Check.WHOLE: N_("The seal covers the whole file"),
    Check.TIMED: N_("An authority outside stamped the time of the seal"),
}
REASONS: dict[str, str] = {
    "seal-there": N_("A seal is there."),
    "seal-missing": N_("There is no seal in this file, so that anybody could have made or changed it."),
    "seal-holds": N_("The digest of the file and the signature over it are right."),
    "seal-broken": N_("The file is not the one that was sealed: something in it was changed."),
    "chain-holds": N_("Its certificate leads to a root of the trust file."),
    "chain-fails": N_("Its certificate leads to no root of the trust file, or was not valid at that time."),
    "chain-revoked": N_("Its certificate, or one above it, was revoked."),
    "chain-personal": N_("Its certificate is that of a person, not the seal of a hub."),
    "roots-missing": N_("The trust file names no root."),
    "covers-all": N_("Every byte of the file is under the seal."),
    "covers-for-good": N_("What was added after the seal only serves to verify it later."),
    "covers-not": N_("Something was added to the file after it was sealed."),
    "time-holds": N_("The time stamp is by an authority that the trust file vouches for."),
    "time-fails": N_("The time stamp does not hold."),
    "time-strange": N_("The time stamp is by an authority that the trust file does not vouch for."),
    "time-missing": N_("There is no time stamp: the time is what the hub's own clock said."),
    "not-asked": N_("Without a seal there is nothing to ask."),
}
LIMITS: dict[str, str] = {
    Check.SEALED: N_("It does not say that a value is true."),
    Check.INTACT: N_("It does not say that the pages show what the audit trail says."),
    Check.TRUSTED: N_("It does not say that the people named on the pages signed."),
    Check.WHOLE: N_("It does not say that nothing was left out before the seal."),
    Check.TIMED: N_("It does not say that the work was done at that time."),
}
NO_PROOF: tuple[str, ...] = (
    N_("That a typed value was true."),
    N_("That an action really happened."),
    N_("That nothing happened outside the system."),
    N_("The lines of the audit trail and the signatures of people: only the bundle (.eln) proves them."),
)
"""What no verification of a seal can show."""


def seal_holds(answers: dict[str, str]) -> bool:
    """Say whether a seal holds, by the answer to each check: a time stamp may be missing, and must not be wrong."""
    must_pass = set(Check) - {Check.TIMED}
    return all(answers[one] == "PASS" for one in must_pass) and answers[Check.TIMED] != "FAIL"

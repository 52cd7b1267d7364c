"""What each kind of finding says to a person, and what a verification can never say."""

from app.audit.verification.verdict import Code
from app.kernel.errors import N_

FINDINGS: dict[Code, str] = {
    Code.LOG_MISSING: N_("A whole log is missing."),
    Code.LOG_UNEXPLAINED: N_("There is a log that no line of the hub opened."),
    Code.LOG_ALTERED: N_("A log was given to another operator than the one it was opened for."),
    Code.LINE_MISSING: N_("A line was removed."),
    Code.LINE_ALTERED: N_("A line was altered: it is not the one that was hashed."),
    Code.LINE_HASH_ALTERED: N_("The hash stored beside a line was altered; the line itself is intact."),
    Code.LINE_UNREADABLE: N_("A line is not written as lines are."),
    Code.LINE_MISPLACED: N_("A line stands in a place that is not its own."),
    Code.LINE_SUBJECT_ALTERED: N_("What a line is found by was altered; the line itself says something else."),
    Code.CHAIN_BROKEN: N_("A line does not follow the previous line about the same subject."),
    Code.TIME_BACKWARDS: N_("A line is older than the one before it: the server's clock was set back."),
    Code.ACTION_UNKNOWN: N_("A line speaks of an action that does not exist."),
    Code.TILE_MISSING: N_("A part of the tree is missing."),
    Code.TILE_ALTERED: N_("A part of the tree was altered."),
    Code.TILE_UNEXPLAINED: N_("There is a part of the tree without lines under it."),
    Code.HEAD_ALTERED: N_("The head of a log does not fit its lines."),
    Code.KEY_MISSING: N_("There is no key to verify the checkpoints of a log with."),
    Code.CHECKPOINT_INVALID: N_("A checkpoint is not signed by the log's key."),
    Code.CHECKPOINT_CONTRADICTED: N_("The lines are not the ones that a checkpoint was signed over."),
    Code.CHECKPOINT_AHEAD: N_("A checkpoint was signed over more lines than there are: lines were removed."),
    Code.COSIGNATURE_INVALID: N_("A cosignature is not by the witness that it names."),
    Code.COSIGNATURES_MISSING: N_("Checkpoints have been waiting too long for the cosignatures of the witnesses."),
    Code.WITNESS_CONFLICT: N_("A witness remembers another log than this one: lines were changed or removed."),
    Code.SIGNER_CONTRADICTED: N_("The lines are not the ones that the signer of checkpoints remembers."),
    Code.SIGNER_AHEAD: N_("The signer remembers more lines: lines were removed, or an old copy was restored."),
    Code.ROW_ALTERED: N_("A row was altered behind the application's back."),
    Code.ROW_REVERTED: N_("A row was put back to an earlier state."),
    Code.ROW_REMOVED: N_("A row was removed."),
    Code.ROW_UNEXPLAINED: N_("There is a row that no line speaks of."),
    Code.TABLE_UNKNOWN: N_("A line speaks of a row in a table that this release does not know."),
    Code.TABLE_DISAGREES: N_("A table is not what the lines say, and no single row explains it."),
    Code.TEXT_ALTERED: N_("A text is not the one that was committed to."),
    Code.TEXT_MISSING: N_("A text is gone, and no act erased it."),
    Code.TEXT_KEPT: N_("A text is still there although an act erased it."),
    Code.FILE_MISSING: N_("An attached file is gone, and no act erased it."),
    Code.FILE_ALTERED: N_("An attached file is not the one that was attached."),
}

LIMITS: tuple[str, ...] = (
    N_("It cannot prove that a typed value was true, or that an action really happened."),
    N_("It cannot show what happened outside this system, or what was never recorded."),
    N_(
        "Lines that no checkpoint covers yet could still be rewritten by somebody with the whole database. "
        "Checkpoints kept elsewhere shorten that time."
    ),
    N_(
        "Somebody who holds the database, the keys and the signer's memory together is caught only by copies elsewhere."
    ),
)
"""What must be said beside every verdict (§14.5)."""

"""The closed vocabulary of deeds: every action that may appear in the trail, spelled once as `room:thing:deed`."""

from enum import StrEnum


class Action(StrEnum):
    """Every deed that writes a line; the first word is the room whose service does it."""

    REQUEST_REFUSED = "web:request:refuse"
    STRANGERS_REFUSED = "web:strangers:refuse"

    LOG_HEARTBEAT = "audit:log:heartbeat"
    TIMESTAMP_LOGGED = "audit:timestamp:log"
    LOG_KEY_ROTATED = "audit:key:rotate"
    LOG_KEY_REPLACED = "audit:key:replace"
    RELEASE_RECORDED = "audit:release:record"

    HUB_FOUNDED = "identity:hub:found"
    HUB_RESTORED = "installation:hub:restore"
    OPERATOR_ADDED = "identity:operator:add"
    PERSON_ADDED = "identity:person:add"
    PERSON_ACTIVATED = "identity:person:activate"
    PERSON_INVITED = "identity:person:invite"
    PERSON_LOCKED = "identity:person:lock"
    PERSON_UNLOCKED = "identity:person:unlock"
    ROLE_GRANTED = "identity:role:grant"
    ROLE_ENDED = "identity:role:end"
    COHORT_ADDED = "identity:cohort:add"
    COHORT_JOINED = "identity:cohort:join"
    COHORT_LEFT = "identity:cohort:leave"
    SESSION_BEGUN = "identity:session:begin"
    SESSION_ENDED = "identity:session:end"
    SESSION_LOCKED = "identity:session:lock"
    SESSION_UNLOCKED = "identity:session:unlock"
    SESSION_SWITCHED = "identity:session:switch"
    SESSION_REVOKED = "identity:session:revoke"
    PREFERENCE_SET = "identity:preference:set"
    ACCOUNT_LINKED = "identity:account:link"
    ACCOUNT_UNLINKED = "identity:account:unlink"
    TOKEN_MADE = "identity:token:make"
    TOKEN_REVOKED = "identity:token:revoke"
    FACTOR_ADDED = "identity:factor:add"
    FACTOR_REMOVED = "identity:factor:remove"
    FACTOR_SUSPECTED = "identity:factor:suspect"

    STATEMENT_ACCEPTED = "signatures:statement:accept"
    IDENTITY_CONFIRMED = "signatures:identity:confirm"
    IDENTITY_RECONFIRMED = "signatures:identity:reconfirm"
    AUTHORITY_NOTED = "signatures:authority:note"
    REVOCATIONS_PUBLISHED = "signatures:revocations:publish"
    KEY_COMPROMISED = "signatures:key:compromise"
    INCIDENT_REVIEWED = "signatures:incident:review"
    INCIDENT_CLOSED = "signatures:incident:close"
    PASSWORD_CHANGED = "signatures:password:change"
    CREDENTIALS_RESET = "signatures:credentials:reset"
    PERSON_DISABLED = "signatures:person:disable"

    FRAMEWORK_LOADED = "competencies:framework:load"
    EXERCISE_LOADED = "exercises:version:load"

    RECORD_ISSUED = "notebook:record:issue"
    RECORD_ABORTED = "notebook:record:abort"
    RECORD_VOIDED = "notebook:record:void"
    RECORD_COMPLETED = "notebook:record:complete"
    ENTRY_RECORDED = "notebook:entry:record"
    ENTRY_CORRECTED = "notebook:entry:correct"
    ENTRY_REPEATED = "notebook:entry:repeat"
    ENTRY_NOT_APPLICABLE = "notebook:entry:not_applicable"
    STEP_COMPLETED = "notebook:step:complete"
    STEP_RESUMED = "notebook:step:resume"
    STEP_VERIFIED = "notebook:step:verify"
    FILE_ATTACHED = "notebook:file:attach"
    FILE_WITHDRAWN = "notebook:file:withdraw"
    EXCEPTION_RAISED = "notebook:exception:raise"
    EXCEPTION_COMMENTED = "notebook:exception:comment"

    REVIEW_BEGUN = "assessment:review:begin"
    EXCEPTION_JUDGED = "assessment:exception:judge"
    RECORD_RETURNED = "assessment:record:return"
    RECORD_REVIEWED = "assessment:record:review"
    RECORD_APPROVED = "assessment:record:approve"
    RECORD_REJECTED = "assessment:record:reject"

    RECORD_EXPORTED = "evidence:record:export"

    ERASURE_PROPOSED = "privacy:erasure:propose"
    ERASURE_WITHDRAWN = "privacy:erasure:withdraw"
    PERSON_ERASED = "privacy:erasure:confirm"
    PERSON_EXPORTED = "privacy:person:export"

    TARGET_ADDED = "delivery:target:add"
    TARGET_SECRET_RENEWED = "delivery:target:renew_secret"
    TARGET_TESTED = "delivery:target:test"
    TARGET_ACTORS_SET = "xapi:target:set_actors"
    TARGET_ENDED = "delivery:target:end"
    LETTERS_RESENT = "delivery:letters:resend"
    LETTER_SET_ASIDE = "delivery:letters:set_aside"

    XAPI_CREDENTIAL_ADDED = "xapi:credential:add"
    XAPI_CREDENTIAL_REVOKED = "xapi:credential:revoke"
    XAPI_DOCUMENT_KEPT = "xapi:document:keep"
    XAPI_DOCUMENTS_DELETED = "xapi:document:delete"
    XAPI_STATEMENTS_RECEIVED = "xapi:statements:receive"
    LMS_ADDED = "xapi:lms:add"
    LMS_ENDED = "xapi:lms:end"
    COURSE_SESSION_OPENED = "xapi:course_session:open"
    COURSE_RECORD_TAKEN_UP = "xapi:course_session:take_up_record"
    COURSE_SESSION_ENDED = "xapi:course_session:end"


HOUSEKEEPING = frozenset({Action.LOG_HEARTBEAT, Action.TIMESTAMP_LOGGED})
"""What a log says of itself and nobody did; alone it asks for no checkpoint, and it is all that PF-14 allows."""

CLOSING = frozenset(
    {
        Action.RECORD_COMPLETED,
        Action.RECORD_ABORTED,
        Action.RECORD_VOIDED,
        Action.RECORD_APPROVED,
        Action.RECORD_REJECTED,
    }
)
"""What ends a part of a record's life: a checkpoint is signed over it at once, not minutes later (§14.4.5)."""

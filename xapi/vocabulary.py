"""The words of our statements, spelled once: verbs, kinds of activity, extensions.

Taken from ADL, TinCan's registry and Activity Streams wherever they have the word; ours only where nobody has it.
"""

from enum import StrEnum

PROFILE = "https://w3id.org/cahier/xapi"
"""Our own vocabulary; its address is meant to be registered at w3id.org and to lead to the published profile."""

PROFILE_VERSION = f"{PROFILE}/v1.0"
"""The version of the profile (config/xapi/profile.jsonld) whose templates our statements follow."""


class Verb(StrEnum):
    """What a person did."""

    INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
    COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
    CORRECTED = "http://activitystrea.ms/schema/1.0/update"
    OUT_OF_LIMIT = f"{PROFILE}/verbs/recorded-out-of-limit"
    VERIFIED = "http://activitystrea.ms/schema/1.0/confirm"
    SIGNED = f"{PROFILE}/verbs/signed"
    SUBMITTED = "http://activitystrea.ms/schema/1.0/submit"
    PASSED = "http://adlnet.gov/expapi/verbs/passed"
    FAILED = "http://adlnet.gov/expapi/verbs/failed"
    EARNED = "http://id.tincanapi.com/verb/earned"
    VOIDED = "http://adlnet.gov/expapi/verbs/voided"


DISPLAY: dict[Verb, dict[str, str]] = {
    Verb.INITIALIZED: {"en": "initialized", "fr": "a commencé"},
    Verb.COMPLETED: {"en": "completed", "fr": "a terminé"},
    Verb.CORRECTED: {"en": "corrected", "fr": "a corrigé"},
    Verb.OUT_OF_LIMIT: {"en": "recorded out of limit", "fr": "a saisi hors limite"},
    Verb.VERIFIED: {"en": "verified", "fr": "a vérifié"},
    Verb.SIGNED: {"en": "signed", "fr": "a signé"},
    Verb.SUBMITTED: {"en": "submitted", "fr": "a remis"},
    Verb.PASSED: {"en": "passed", "fr": "a réussi"},
    Verb.FAILED: {"en": "failed", "fr": "a échoué"},
    Verb.EARNED: {"en": "earned", "fr": "a obtenu"},
    Verb.VOIDED: {"en": "voided", "fr": "a annulé"},
}
"""How each verb is shown, for readers that do not know the vocabulary."""


class ActivityType(StrEnum):
    """What it was done to."""

    EXERCISE = "http://adlnet.gov/expapi/activities/performance"
    STEP = "http://id.tincanapi.com/activitytype/step"
    COMPETENCY = "http://adlnet.gov/expapi/activities/objective"
    PROFILE = "http://adlnet.gov/expapi/activities/profile"
    HUB = "http://id.tincanapi.com/activitytype/site"


class Extension(StrEnum):
    """What our statements say beyond the standard: which record, which line of the trail, and what it was about."""

    RECORD = f"{PROFILE}/extensions/record"
    LINE = f"{PROFILE}/extensions/line"
    PURPOSE = f"{PROFILE}/extensions/purpose"
    FIELD = f"{PROFILE}/extensions/field"
    EXCEPTIONS = f"{PROFILE}/extensions/exceptions"
    EQUIPMENT = f"{PROFILE}/extensions/equipment"
    MEANING = f"{PROFILE}/extensions/signature-meaning"
    MANIFEST = f"{PROFILE}/extensions/signature-manifest"

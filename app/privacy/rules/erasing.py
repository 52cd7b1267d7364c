"""Pure decisions: on which ground something is erased, which shares there are, what must end first, what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.kernel.errors import N_


class Ground(StrEnum):
    """Why personal values are erased, in the law's own list."""

    NOT_NEEDED = "not-needed"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    LEGAL_OBLIGATION = "legal-obligation"
    RETENTION_OVER = "retention-over"


ARTICLES: dict[Ground, str] = {
    Ground.NOT_NEEDED: "GDPR 17(1)(a)",
    Ground.CONSENT_WITHDRAWN: "GDPR 17(1)(b)",
    Ground.OBJECTION: "GDPR 17(1)(c)",
    Ground.UNLAWFUL: "GDPR 17(1)(d)",
    Ground.LEGAL_OBLIGATION: "GDPR 17(1)(e)",
    Ground.RETENTION_OVER: "GDPR 5(1)(e)",
}

GROUNDS: dict[Ground, str] = {
    Ground.NOT_NEEDED: N_("The person asks, and the data are no longer needed for their purpose"),
    Ground.CONSENT_WITHDRAWN: N_("The person withdrew a consent on which they rested"),
    Ground.OBJECTION: N_("The person objects, and nothing weighs more"),
    Ground.UNLAWFUL: N_("They should never have been kept"),
    Ground.LEGAL_OBLIGATION: N_("A law demands the erasure"),
    Ground.RETENTION_OVER: N_("The time for which they are kept is over"),
}


class Share(StrEnum):
    """A part of what can be erased of a person."""

    IDENTITY = "identity"
    PRINTED_NAMES = "printed-names"
    TEXTS = "texts"
    TEXTS_ABOUT = "texts-about"


SHARES: dict[Share, str] = {
    Share.IDENTITY: N_("Name, login and e-mail; devices, sessions, names of tokens"),
    Share.PRINTED_NAMES: N_("Name and login as printed in signatures of their own records"),
    Share.TEXTS: N_("Texts the person wrote, and files they attached, in their own records and about themselves"),
    Share.TEXTS_ABOUT: N_("Texts that others wrote about the person: grounds, remarks, reasons, or that name them"),
}


class Kept(StrEnum):
    """What is not erased, and for whose sake."""

    OWN_IN_OTHERS = "own-in-others"
    NAMES_OF_OTHERS = "names-of-others"


KEPT: dict[Kept, str] = {
    Kept.OWN_IN_OTHERS: N_(
        "What the person wrote and signed in records of others, with the printed name: legal claims, GDPR 17(3)(e)"
    ),
    Kept.NAMES_OF_OTHERS: N_(
        "Names of assessors and second persons in signatures of this person's records: legal claims, GDPR 17(3)(e)"
    ),
}


class ErasureState(StrEnum):
    """Where an erasure stands."""

    PROPOSED = "proposed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Reach:
    """What an erasure of a person comes to: commitments by share, and how many stay, by the reason."""

    shares: dict[Share, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[Kept, int] = field(default_factory=dict)

    def commitments(self, chosen: Sequence[Share]) -> list[str]:
        """Return every commitment of these shares, sorted."""
        return sorted({one for share in chosen for one in self.shares.get(share, ())})


@dataclass(frozen=True)
class Placed:
    """A committed text as far as sharing it out needs it: who wrote it, and where it stands."""

    commitment: str
    is_theirs: bool
    in_their_records: bool
    is_printed_name: bool


def share_out(texts: Sequence[Placed]) -> Reach:
    """Share texts out: into what may go, and what stays for the sake of others (GD-17(1),(3), GD-assessor)."""
    shares: dict[Share, list[str]] = {share: [] for share in Share if share is not Share.IDENTITY}
    kept = dict.fromkeys(Kept, 0)
    for text in texts:
        if text.is_theirs and text.in_their_records:
            shares[Share.PRINTED_NAMES if text.is_printed_name else Share.TEXTS].append(text.commitment)
        elif text.is_theirs:
            kept[Kept.OWN_IN_OTHERS] += 1
        elif text.is_printed_name:
            kept[Kept.NAMES_OF_OTHERS] += 1
        else:
            shares[Share.TEXTS_ABOUT].append(text.commitment)
    return Reach({share: tuple(sorted(found)) for share, found in shares.items()}, kept)


@dataclass(frozen=True)
class Obstacle:
    """What must end before an erasure, as a source string, and where: numbers of records."""

    text: str
    numbers: tuple[str, ...] = ()


def obstacles_of(
    *, is_disabled: bool, is_erased: bool, own_open: Sequence[str], judging: Sequence[str]
) -> list[Obstacle]:
    """Return everything that stands against erasing a person's values now (GD-17(1),(3))."""
    found = []
    if is_erased:
        found.append(Obstacle(N_("This person's values were erased already.")))
    if not is_disabled:
        found.append(Obstacle(N_("The person can still sign in. Disable them first.")))
    if own_open:
        found.append(Obstacle(N_("Records of theirs are open. Conclude, abort or void them first."), tuple(own_open)))
    if judging:
        found.append(Obstacle(N_("They are reviewing records of others. Somebody must take over."), tuple(judging)))
    return found

"""The invented people and operators of the demonstration."""

from dataclasses import dataclass

from app.kernel.actors import Role


@dataclass(frozen=True)
class Part:
    """A person to play: `operator` is the code of the operator for which the roles are held, None for the hub."""

    login: str
    name: str
    roles: tuple[Role, ...]
    operator: str | None
    language: str = "fr"


DEMO = "DEMO"
OTHER = "MEUSE"
OPERATORS = {DEMO: "Démonstration Charleroi", OTHER: "Démonstration Meuse"}
COMPANY = (
    "Vaccins du Hainaut SA",
    "formation@vaccins-hainaut.example",
    "Inscrite par son employeur, convention 2026-14.",
)
COHORT = "Bioproduction, promotion d'automne"

SITES = {
    ("CHR", "Charleroi", None): (
        ("SB1", "Salle blanche", None),
        ("ANA", "Laboratoire d'analyse", None),
        ("CUL", "Laboratoire de culture cellulaire", DEMO),
    ),
    ("SEN", "Seneffe", None): (("PIL", "Hall pilote", None), ("PREP", "Salle de préparation", DEMO)),
    ("LGE", "Liège", OTHER): (("LAB1", "Laboratoire 1", OTHER), ("SB", "Salle blanche", OTHER)),
}
"""Code, name and owner (None: shared) of each site, and the same of its rooms."""

ROOM_OF = {"PIP-001": "ANA", "BUF-001": "PREP", "CEL-001": "CUL", "GOW-001": "SB1", "MED-001": "SB1"}
OTHER_ROOM = "LAB1"
"""In which room each exercise is executed, by the people of the first operator and by those of the other one."""

TRAINEE, SECOND_TRAINEE, THIRD_TRAINEE = "lucie.denis", "karim.elamrani", "jonas.desmet"
CHECKER, ASSESSOR, QUALITY = "marc.lejeune", "sophie.lambert", "ingrid.vermeulen"
OTHER_TRAINEE, OTHER_ASSESSOR = "elise.marechal", "wim.claes"

PARTS = (
    Part("dirk.hermans", "Dirk Hermans", (Role.ADMINISTRATOR,), None, "nl"),
    Part("anne.collard", "Anne Collard", (Role.ADMINISTRATOR,), DEMO),
    Part(TRAINEE, "Lucie Denis", (Role.TRAINEE,), DEMO),
    Part(SECOND_TRAINEE, "Karim El Amrani", (Role.TRAINEE,), DEMO),
    Part(THIRD_TRAINEE, "Jonas De Smet", (Role.TRAINEE,), DEMO, "nl"),
    Part(CHECKER, "Marc Lejeune", (Role.ASSESSOR,), DEMO),
    Part(ASSESSOR, "Sophie Lambert", (Role.ASSESSOR,), DEMO),
    Part("benoit.gilson", "Benoît Gilson", (Role.AUTHOR,), DEMO),
    Part(QUALITY, "Ingrid Vermeulen", (Role.QUALITY,), DEMO, "nl"),
    Part("thierry.noel", "Thierry Noël", (Role.EQUIPMENT_MANAGER,), DEMO),
    Part("petra.schmitz", "Petra Schmitz", (Role.AUDITOR,), DEMO, "de"),
    Part(OTHER_TRAINEE, "Élise Maréchal", (Role.TRAINEE,), OTHER),
    Part(OTHER_ASSESSOR, "Wim Claes", (Role.ASSESSOR,), OTHER, "nl"),
)
SIGNERS = frozenset(
    {TRAINEE, SECOND_TRAINEE, THIRD_TRAINEE, CHECKER, ASSESSOR, QUALITY, OTHER_TRAINEE, OTHER_ASSESSOR, "benoit.gilson"}
)
"""Who accepts the accountability statement on the first day and so can sign."""

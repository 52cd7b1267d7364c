"""Every table of the house in one import, for the migrations; knows the rooms' models and nothing else."""

from app.audit import models as audit
from app.competencies import models as competencies
from app.delivery import models as delivery
from app.evidence import models as evidence
from app.exercises import models as exercises
from app.identity import models as identity
from app.lms import models as lms
from app.notebook import models as notebook
from app.privacy import models as privacy
from app.signatures import models as signatures
from app.web import models as web
from xapi import models as xapi

__all__ = [
    "audit",
    "competencies",
    "delivery",
    "evidence",
    "exercises",
    "identity",
    "lms",
    "notebook",
    "privacy",
    "signatures",
    "web",
    "xapi",
]

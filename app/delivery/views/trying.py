"""Trying a target while somebody waits: outside every transaction, and not for long."""

from app.delivery.errors import SealBroken
from app.delivery.models import Target
from app.delivery.queries import target_in_use
from app.delivery.rules import Probe
from app.delivery.services.couriers import open_carrier
from app.delivery.views.blueprint import AT_A_SCREEN, means_here
from app.kernel.actors import Permission
from app.web.visitors import current_actor, edge


def try_target(name: str, *, sending: bool) -> Probe:
    """Ask a target whether it works, or send it the statement of a trial; raises NoSuchTarget."""
    current_actor().require(Permission.TARGET_ADMINISTER)
    with edge().storage.reading() as session:
        target: Target = target_in_use(session, name, current_actor())
    try:
        carrier = open_carrier(target, means_here().key, AT_A_SCREEN)
    except (SealBroken, OSError) as error:
        return Probe(False, str(error))
    try:
        return carrier.rehearse() if sending else carrier.probe()
    finally:
        carrier.close()

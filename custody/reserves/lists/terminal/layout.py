"""A tank's batch as an inspector certified it: net standard barrels at the base temperature. See ../README.md.

The volume is taken as certified: we have no correction tables and claim no conformity to any.
"""

from __future__ import annotations

from custody.reserves.kinds import ReserveKind
from custody.reserves.lists.cells import LineReader
from custody.reserves.lists.line import ListLine

COLUMNS = ("tank", "batch", "held", "net bbl", "api gravity", "sediment and water", "inspector", "certificate")
SUMMED = {"net bbl": "fine_minor"}
STORED, IN_SITU = "STORED", "IN SITU"


def read(reader: LineReader, kind: ReserveKind) -> ListLine | None:
    tank, batch = reader.name("tank"), reader.name("batch")
    _held(reader)
    net = reader.quantity("net bbl")
    gravity = reader.decimal("api gravity", whole=2, places=1, rule="api_gravity.one_decimal")
    water = reader.decimal("sediment and water", whole=2, places=3, rule="sediment_and_water.percent")
    inspector, certificate = reader.paper("inspector"), reader.paper("certificate")
    if reader.faulty:
        return None
    return ListLine(
        reader.line,
        f"{tank}/{batch}",
        net,
        tank=tank,
        batch=batch,
        certificate=certificate,
        inspector=inspector,
        api_gravity=gravity,
        sediment_water_pct=water,
    )


def _held(reader: LineReader) -> None:
    """Oil in the ground is nobody's to deliver: stored is not in-situ."""
    held = reader.text("held")
    if held == IN_SITU:
        told = "a quantity in the ground backs no token: it is neither measured, stored nor deliverable"
        reader.fault("held", "reserve.stored", told)
    elif held and held != STORED:
        reader.fault("held", "held.known", f"{held!r:.40} is neither {STORED} nor {IN_SITU}")

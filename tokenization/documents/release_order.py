"""The order to a vault: these items, to this collecting agent, for units that are burned."""

from __future__ import annotations

from custody.reserves.kinds import Form
from custody.reserves.models import RedemptionItem, ReleaseOrder, VaultListLine
from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.kernel.writing import money, units, when


def order_number(order: ReleaseOrder) -> str:
    return f"RO-{order.redemption_id:08d}"


def release_order(order: ReleaseOrder) -> Document:
    """Weights as asked for; the rest of an item by the vault's list that was in hand when the order was given."""
    row = order.redemption
    vault, series, log = row.vault, row.token.series, row.instruction.settled_log
    assert log is not None  # noqa: S101 an order is written after the final log of its burn
    asked = list(row.items.select_related("item").order_by("item__key"))
    fine = sum(one.fine_minor for one in asked)
    return Document(
        kind="Release order",
        reference=order_number(order),
        at=order.ordered_at,
        lead="Hand the items below, and no others, to the collecting agent. Their units are burned, for good.",
        sides=(
            Side("To the vault", (vault.name, vault.code, vault.location)),
            Side("Collecting agent", (row.collector,)),
            Side("For the holder", (row.party.name, row.party.reference)),
        ),
        facts=(
            ("Security", f"{series.name}, {series.isin}"),
            ("Quantity to hand out", money(fine, vault.commodity)),
            ("Units burned for it", units(row.units)),
            ("Ordered", when(order.ordered_at)),
        ),
        grids=(_items(order, asked, fine),),
        notes=(
            "See the collecting agent's identity and his authority from the holder before anything leaves.",
            "Confirm to the registrar under your own reference on the day of the release.",
        ),
        signatures=("Handed out, for the vault", "Received, by the collecting agent"),
        codes=(
            ("Order, SHA-256", order.file.sha256),
            ("Burn, instruction", str(row.instruction.number)),
            ("Burn, transaction", log.tx_hash),
        ),
        true_at=TrueAt(log.block_id, log.block.hash, log.block.timestamp),
    )


def _items(order: ReleaseOrder, asked: list[RedemptionItem], fine: int) -> Grid:
    measure, bars = order.redemption.vault.commodity, order.redemption.vault.kind.form == Form.BAR
    if bars:
        columns: tuple[str, ...] = ("Bar", "#Gross", "#Assay", "#Fine")
    else:
        columns = ("Tank and batch", "Certificate", "#Net")
    rows: list[tuple[str, ...]] = []
    for one in asked:
        told, weight = _told(order, one), money(one.fine_minor, measure)
        if bars:
            gross = money(told.gross_minor, measure) if told and told.gross_minor is not None else ""
            rows.append((one.item.key, gross, str(told.assay) if told else "", weight))
        else:
            rows.append((one.item.key, told.certificate if told else "", weight))
    total = (f"{len(rows)} in all", *[""] * (len(columns) - 2), money(fine, measure))
    return Grid("Items", columns, tuple(rows), total)


def _told(order: ReleaseOrder, asked: RedemptionItem) -> VaultListLine | None:
    rows = VaultListLine.objects.filter(item=asked.item_id, list__imported_at__lte=order.ordered_at)
    return rows.order_by("-list__as_of").first()

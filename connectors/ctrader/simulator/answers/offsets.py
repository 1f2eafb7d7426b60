"""Which deals of a position closed which, first in, first out.

Takes deals in the order in which they were made.
"""

from collections.abc import Iterator

from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOADealOffset

Offsets = list[ProtoOADealOffset]


def offsets(deals: list[ProtoOADeal], deal_id: int) -> tuple[Offsets, Offsets]:
    """Return what closed a deal of a position, and what it closed itself."""
    pairs = list(_pairs(deals))
    offset_by = [_part(by, size) for opened, by, size in pairs if opened.dealId == deal_id]
    offsetting = [_part(opened, size) for opened, by, size in pairs if by.dealId == deal_id]
    return offset_by, offsetting


def _pairs(deals: list[ProtoOADeal]) -> Iterator[tuple[ProtoOADeal, ProtoOADeal, int]]:
    """Yield an opening deal, one that closed it, and the volume they share."""
    still: list[tuple[ProtoOADeal, int]] = []
    for deal in deals:
        left = deal.filledVolume
        while left and still and still[0][0].tradeSide != deal.tradeSide:
            opened, rest = still.pop(0)
            shared = min(rest, left)
            left -= shared
            yield opened, deal, shared
            if rest > shared:
                still.insert(0, (opened, rest - shared))
        if left:
            still.append((deal, left))


def _part(deal: ProtoOADeal, size: int) -> ProtoOADealOffset:
    return ProtoOADealOffset(
        dealId=deal.dealId,
        volume=size,
        executionTimestamp=deal.executionTimestamp,
        executionPrice=deal.executionPrice,
    )

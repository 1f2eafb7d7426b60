"""What the simulated venue checks of a request before anything is done: volume, digits, levels.

Raises Refusal with the venue's code.
"""

from connectors.ctrader.mapping.scaling import PRICE_DIGITS, PRICE_SCALE, volume
from connectors.ctrader.schema.position_pb2 import ProtoOAOrderType
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAAmendPositionSLTPReq,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.conditions import conditions
from connectors.ctrader.simulator.positions import Levels
from connectors.ctrader.simulator.refusal import Refusal
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick

_PENDING = (ProtoOAOrderType.LIMIT, ProtoOAOrderType.STOP, ProtoOAOrderType.STOP_LIMIT)


def check_order(request: ProtoOANewOrderReq, instrument: Instrument) -> None:
    """Refuse an order with a volume, a price or a level that the symbol does not take."""
    check_volume(request.volume, instrument)
    for name in ("limitPrice", "stopPrice", "stopLoss", "takeProfit", "baseSlippagePrice"):
        check_digits(request, name, instrument)
    if request.orderType == ProtoOAOrderType.MARKET and (request.stopLoss or request.takeProfit):
        raise Refusal(
            "INVALID_REQUEST",
            "SL/TP in absolute values are allowed only for order types: [LIMIT, STOP, STOP_LIMIT]",
        )
    unit = 10 ** (PRICE_DIGITS - instrument.price_digits)
    for name, what in (("relativeStopLoss", "stop loss"), ("relativeTakeProfit", "take profit")):
        if getattr(request, name) % unit or getattr(request, name) < 0:
            raise Refusal("INVALID_REQUEST", f"Relative {what} has invalid precision")
    if request.orderType in _PENDING:
        _check_levels(request)
    away = request.relativeStopLoss / PRICE_SCALE if request.HasField("relativeStopLoss") else None
    check_stop(_asked(request), away, instrument)


def check_volume(units: int, instrument: Instrument) -> None:
    """Refuse a volume off the grid or out of bounds."""
    scale = instrument.quantity_scale
    step, least = volume(instrument.quantity_step / scale), volume(instrument.quantity_min / scale)
    most = None if instrument.quantity_max is None else volume(instrument.quantity_max / scale)
    if units < least or units % step or (most is not None and units > most):
        raise Refusal(
            "TRADING_BAD_VOLUME", f"Volume {units} is not from {least} in steps of {step}"
        )


def check_digits(
    request: ProtoOANewOrderReq | ProtoOAAmendOrderReq | ProtoOAAmendPositionSLTPReq,
    name: str,
    instrument: Instrument,
) -> None:
    """Refuse a price with more digits than the symbol has."""
    price, digits = getattr(request, name), instrument.price_digits
    if round(price, digits) != price:
        what = "protection" if name in ("stopLoss", "takeProfit") else "price"
        raise Refusal(
            "INVALID_REQUEST",
            f"Order {what} = {price} has more digits than symbol allows. Allowed {digits} digits",
        )


def check_stop(levels: Levels, distance: float | None, instrument: Instrument) -> None:
    """Refuse a stop that trails or is guaranteed where there is none, or that is too near.

    `distance` is that of the stop from the market, None where it is not known yet.
    """
    if (levels.trailing or levels.guaranteed) and levels.stop_loss is None and distance is None:
        raise Refusal("TRADING_BAD_STOPS", "There is no stop loss to trail or to guarantee")
    if not levels.guaranteed:
        return
    points = conditions(instrument.symbol).guaranteed_points
    if not points:
        raise Refusal("TRADING_BAD_STOPS", "The symbol has no guaranteed stop loss")
    if distance is not None and distance * instrument.price_scale < points - 1e-6:
        raise Refusal(
            "PROTECTION_IS_TOO_CLOSE_TO_MARKET", f"A guaranteed stop is {points} points away"
        )


def check_sides(levels: Levels, side: int, quote: QuoteTick) -> None:
    """Refuse a level of a position that the market has passed already."""
    price, word, whose = (quote.bid, "BID", "BUY") if side > 0 else (quote.ask, "ASK", "SELL")
    for name, level, direction in (
        ("SL", levels.stop_loss, -side),
        ("TP", levels.take_profit, side),
    ):
        if level is not None and (level - price) * direction < 0:
            raise Refusal(
                "TRADING_BAD_STOPS",
                f"New {name} for {whose} position is on the wrong side of the current {word} "
                f"price. current {word}: {price}, {name}: {level}",
            )


def _check_levels(request: ProtoOANewOrderReq) -> None:
    """Refuse an absolute level on the wrong side of the price at which an order would open."""
    side = 1 if request.tradeSide == 1 else -1
    is_limit = request.orderType == ProtoOAOrderType.LIMIT
    price = request.limitPrice if is_limit else request.stopPrice
    for name, direction in (("stopLoss", -side), ("takeProfit", side)):
        if request.HasField(name) and (getattr(request, name) - price) * direction < 0:
            raise Refusal("TRADING_BAD_STOPS", f"{name} is on the wrong side of {price}")


def _asked(request: ProtoOANewOrderReq) -> Levels:
    return Levels(
        request.stopLoss if request.HasField("stopLoss") else None,
        trailing=request.trailingStopLoss,
        guaranteed=request.guaranteedStopLoss,
    )

"""What the simulated venue lists: assets, symbols and accounts under numbers of its own.

Numbers follow from the order in which things were handed in, those of accounts from their names.
"""

from zlib import crc32

from connectors.ctrader.mapping.scaling import VOLUME_DIGITS, volume
from connectors.ctrader.schema.account_pb2 import ProtoOATrader
from connectors.ctrader.schema.reference_pb2 import (
    ProtoOAAsset,
    ProtoOADayOfWeek,
    ProtoOAInterval,
    ProtoOALightSymbol,
    ProtoOASymbol,
)
from connectors.ctrader.simulator.conditions import SWAP_MINUTE, TRIPLE_SWAP_DAY, conditions
from connectors.ctrader.simulator.refusal import Refusal
from connectors.simulation.accounts import AccountTerms
from engine.model.calendar import Calendar
from engine.model.instrument import AssetClass, Instrument

MONEY_DIGITS = 2
_DAY_S = 86_400
_FIRST_ACCOUNT = 1_000_000


def account_number(name: str) -> int:
    """Return the id of a simulated account, which follows from its name alone."""
    return _FIRST_ACCOUNT + crc32(name.encode()) % 9_000_000


class Listing:
    """Number instruments and assets, and say what they are in the venue's words."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self._numbers = {name: at for at, name in enumerate(instruments, 1)}
        self._names = {at: name for name, at in self._numbers.items()}
        currencies = dict.fromkeys(
            word
            for each in instruments.values()
            for word in (each.base or each.symbol, each.currency)
        )
        self._assets = {name: at for at, name in enumerate(currencies, 1)}

    def instrument(self, symbol_id: int) -> Instrument | None:
        """Return an instrument by its number."""
        return self.instruments.get(self._names.get(symbol_id, ""))

    def known(self, symbol_id: int) -> Instrument:
        """Return an instrument by its number; raises Refusal where there is none."""
        found = self.instrument(symbol_id)
        if found is None:
            raise Refusal("SYMBOL_NOT_FOUND", f"Symbol not found with id {symbol_id}")
        return found

    def conversion(self, first: int, last: int) -> list[Instrument] | None:
        """Return the shortest chain of instruments from one asset to another, None without one."""
        chains: dict[int, list[Instrument]] = {first: []}
        reached = [first]
        for asset in reached:  # grows as new assets are reached
            for each in self.instruments.values():
                ends = self._assets[each.base or each.symbol], self._assets[each.currency]
                other = ends[1 - ends.index(asset)] if asset in ends else asset
                if other not in chains:
                    chains[other] = [*chains[asset], each]
                    reached.append(other)
        return chains.get(last)

    def number(self, instrument: str) -> int:
        """Return the number of an instrument."""
        return self._numbers[instrument]

    def assets(self) -> list[ProtoOAAsset]:
        """Return all assets."""
        return [
            ProtoOAAsset(assetId=at, name=name, displayName=name, digits=MONEY_DIGITS)
            for name, at in self._assets.items()
        ]

    def light(self, instrument: Instrument) -> ProtoOALightSymbol:
        """Return the short form of a symbol."""
        return ProtoOALightSymbol(
            symbolId=self._numbers[instrument.id],
            symbolName=instrument.symbol,
            enabled=True,
            baseAssetId=self._assets[instrument.base or instrument.symbol],
            quoteAssetId=self._assets[instrument.currency],
            symbolCategoryId=category(instrument),
            description=instrument.symbol,
        )

    def symbol(self, instrument: Instrument) -> ProtoOASymbol:
        """Return the full form of a symbol; nearly every field is there, zeros included."""
        terms = conditions(instrument.symbol)
        step = instrument.quantity_step * 10 ** (VOLUME_DIGITS - instrument.quantity_digits)
        unit = 10 ** (VOLUME_DIGITS - instrument.quantity_digits)
        return ProtoOASymbol(
            symbolId=self._numbers[instrument.id],
            digits=instrument.price_digits,
            pipPosition=_pip_position(instrument),
            enableShortSelling=True,
            guaranteedStopLoss=terms.guaranteed_points > 0,
            stepVolume=step,
            minVolume=instrument.quantity_min * unit,
            maxVolume=(instrument.quantity_max or 10**10) * unit,
            lotSize=volume(float(instrument.lot)),
            swapLong=terms.swap_long,
            swapShort=terms.swap_short,
            swapRollover3Days=ProtoOADayOfWeek.Name(TRIPLE_SWAP_DAY),
            swapCalculationType="PIPS",
            swapPeriod=24,
            swapTime=SWAP_MINUTE,
            chargeSwapAtWeekends=False,
            slDistance=0,
            tpDistance=0,
            gslDistance=terms.guaranteed_points,
            distanceSetIn="SYMBOL_DISTANCE_IN_POINTS",
            leverageId=terms.leverage_id,
            scheduleTimeZone=instrument.calendar.timezone,
            schedule=_schedule(instrument.calendar),
            preciseTradingCommissionRate=0,
            measurementUnits="",
        )

    def trader(self, terms: AccountTerms, balance: int, version: int) -> ProtoOATrader:
        """Return the record of an account, with a field that the public schema does not have."""
        instruments = self.instruments.values()
        kind = "HEDGED" if terms.positions == "hedging" else "NETTED"
        trader = ProtoOATrader(
            ctidTraderAccountId=account_number(terms.id),
            balance=balance,
            managerBonus=0,
            ibBonus=0,
            nonWithdrawableBonus=0,
            depositAssetId=self._assets.get(terms.currency, 1),
            swapFree=False,
            leverageInCents=round(100 / min(each.margin_initial for each in instruments)),
            totalMarginCalculationType="MAX",
            stopOutStrategy="MOST_MARGIN_USED_FIRST",
            accessRights="FULL_ACCESS",
            traderLogin=account_number(terms.id) + 2_000_000,
            accountType=kind,
            brokerName="simulated",
            moneyDigits=MONEY_DIGITS,
            isLimitedRisk=False,
        )
        if version:
            trader.balanceVersion = version
        trader.MergeFromString(b"\xb8\x01\x04")
        return trader


def pip(instrument: Instrument) -> float:
    """Return the size of a pip."""
    return float(10.0 ** -_pip_position(instrument))


def _pip_position(instrument: Instrument) -> int:
    return max(0, instrument.price_digits - 1)


def category(instrument: Instrument) -> int:
    """Return 1 for currencies and 2 for all else."""
    return 1 if instrument.asset is AssetClass.FX else 2


def _schedule(calendar: Calendar) -> list[ProtoOAInterval]:
    """Return the weekly sessions as seconds from Sunday; around the clock is one long session."""
    if not calendar.sessions:
        return [ProtoOAInterval(startSecond=0, endSecond=7 * _DAY_S)]
    spans = []
    for session in calendar.sessions:
        start, end = _second(session.open), _second(session.close)
        length = (end - start - 1) % _DAY_S + 1
        spans += [((day + 1) % 7 * _DAY_S + start, length) for day in session.days]
    return [ProtoOAInterval(startSecond=at, endSecond=at + size) for at, size in sorted(spans)]


def _second(text: str) -> int:
    hour, minute, *rest = map(int, text.split(":"))
    return hour * 3600 + minute * 60 + (rest[0] if rest else 0)

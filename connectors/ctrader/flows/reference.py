"""Ask for what the accounts are and which symbols they see, and fill the directory with it.

Sees to every account on its own: ids of symbols and assets differ between brokers.
"""

from datetime import UTC, date, datetime

from connectors.ctrader.directory import Account, Directory, Listed
from connectors.ctrader.flows.question import Asker
from connectors.ctrader.mapping.symbols import Surroundings, instrument, instrument_id
from connectors.ctrader.mapping.traders import describe
from connectors.ctrader.schema.access_pb2 import (
    ProtoOAClientPermissionScope,
    ProtoOAGetAccountListByAccessTokenReq,
    ProtoOAGetAccountListByAccessTokenRes,
)
from connectors.ctrader.schema.account_pb2 import (
    ProtoOATraderReq,
    ProtoOATraderRes,
)
from connectors.ctrader.schema.reference_pb2 import (
    ProtoOAAssetClassListReq,
    ProtoOAAssetClassListRes,
    ProtoOAAssetListReq,
    ProtoOAAssetListRes,
    ProtoOAGetDynamicLeverageByIDReq,
    ProtoOAGetDynamicLeverageByIDRes,
    ProtoOALightSymbol,
    ProtoOASymbolByIdReq,
    ProtoOASymbolByIdRes,
    ProtoOASymbolCategoryListReq,
    ProtoOASymbolCategoryListRes,
    ProtoOASymbolsListReq,
    ProtoOASymbolsListRes,
)
from connectors.frame.flow import Flow
from engine.errors import UsageError
from engine.model.instrument import Instrument

SYMBOLS_AT_ONCE = 200
"""Symbols in one question; that many make an answer of some hundred kilobytes."""


def check_grant(asker: Asker, access_token: str, accounts: tuple[Account, ...]) -> Flow[None]:
    """Ask what the token allows; raises UsageError where it does not fit the configuration."""
    request = ProtoOAGetAccountListByAccessTokenReq(accessToken=access_token)
    granted = yield from asker.ask(request, ProtoOAGetAccountListByAccessTokenRes)
    if granted.permissionScope == ProtoOAClientPermissionScope.SCOPE_VIEW:
        raise UsageError("the token only views; grant the scope trading and log in again")
    by_id = {each.ctidTraderAccountId: each for each in granted.ctidTraderAccount}
    for account in accounts:
        found = by_id.get(account.id)
        if found is None:
            known = ", ".join(map(str, by_id)) or "none"
            raise UsageError(f"account {account.name}: id {account.id} is not granted ({known} is)")
        if found.isLive != account.is_live:
            right = "live" if found.isLive else "demo"
            raise UsageError(f"account {account.name}: id {account.id} belongs to {right}")


def instruments(
    asker: Asker, account: Account, directory: Directory, names: tuple[str, ...], now: int
) -> Flow[tuple[Instrument, ...]]:
    """Return the named instruments of an account, or all that it lists.

    What the account does not list is left out, and so are names that the engine cannot spell.
    """
    assets = yield from _assets(asker, account)
    yield from _describe(asker, account, assets)
    listing = yield from asker.ask(
        ProtoOASymbolsListReq(ctidTraderAccountId=account.id), ProtoOASymbolsListRes
    )
    wanted = [light for light in listing.symbol if _is_wanted(light, names)]
    classes = yield from _classes(asker, account)
    found: list[Instrument] = []
    tiers: dict[int, float] = {0: account.leverage}
    for at in range(0, len(wanted), SYMBOLS_AT_ONCE):
        part = {light.symbolId: light for light in wanted[at : at + SYMBOLS_AT_ONCE]}
        request = ProtoOASymbolByIdReq(ctidTraderAccountId=account.id, symbolId=list(part))
        answer = yield from asker.ask(request, ProtoOASymbolByIdRes)
        for symbol in answer.symbol:
            light = part[symbol.symbolId]
            if symbol.leverageId not in tiers:
                tiers[symbol.leverageId] = yield from _leverage(asker, account, symbol.leverageId)
            around = Surroundings(
                assets=assets,
                asset_class=classes.get(light.symbolCategoryId, ""),
                leverage=tiers[symbol.leverageId],
                today=_date(now),
            )
            listed = Listed(symbol.symbolId, symbol.digits, instrument(light, symbol, around))
            directory.add(account, listed)
            found.append(listed.instrument)
    return tuple(found)


def _is_wanted(light: ProtoOALightSymbol, names: tuple[str, ...]) -> bool:
    name = instrument_id(light.symbolName)
    return name in names if names else name is not None and light.enabled


def _assets(asker: Asker, account: Account) -> Flow[dict[int, str]]:
    request = ProtoOAAssetListReq(ctidTraderAccountId=account.id)
    answer = yield from asker.ask(request, ProtoOAAssetListRes)
    return {asset.assetId: asset.name for asset in answer.asset}


def _describe(asker: Asker, account: Account, assets: dict[int, str]) -> Flow[None]:
    """Fill in what the trader record says of an account."""
    request = ProtoOATraderReq(ctidTraderAccountId=account.id)
    answer = yield from asker.ask(request, ProtoOATraderRes)
    trader = answer.trader
    account.currency = assets[trader.depositAssetId]
    describe(account, trader)


def _leverage(asker: Asker, account: Account, leverage_id: int) -> Flow[float]:
    """Return the leverage of the first tier, where it is below the account's own."""
    request = ProtoOAGetDynamicLeverageByIDReq(
        ctidTraderAccountId=account.id, leverageId=leverage_id
    )
    answer = yield from asker.ask(request, ProtoOAGetDynamicLeverageByIDRes)
    tiers = sorted(answer.leverage.tiers, key=lambda tier: tier.volume)
    first = [float(tier.leverage) for tier in tiers[:1] if tier.leverage > 0]
    return min([account.leverage, *first])


def _classes(asker: Asker, account: Account) -> Flow[dict[int, str]]:
    """Return the name of the asset class of each category of symbols."""
    request = ProtoOAAssetClassListReq(ctidTraderAccountId=account.id)
    classes = yield from asker.ask(request, ProtoOAAssetClassListRes)
    names = {each.id: each.name for each in classes.assetClass}
    categories = yield from asker.ask(
        ProtoOASymbolCategoryListReq(ctidTraderAccountId=account.id), ProtoOASymbolCategoryListRes
    )
    return {each.id: names.get(each.assetClassId, "") for each in categories.symbolCategory}


def _date(now: int) -> date:
    return datetime.fromtimestamp(now // 10**9, UTC).date()

"""Lists of the simulated cTrader: orders, deals and offsets, ways of conversion, leverage."""

import pytest

from connectors.ctrader.schema import access_pb2, records_pb2, reference_pb2, trading_pb2
from connectors.simulation.faults import Chance, Fault
from tests.wire.ctrader_client import HEDGED, NETTING, Client, code, connected, executions


@pytest.fixture
def client() -> Client:
    return connected()


def close(client: Client, number: int, volume: int) -> int:
    """Close a part of a position and return the number of the deal."""
    request = trading_pb2.ProtoOAClosePositionReq(
        ctidTraderAccountId=HEDGED, positionId=number, volume=volume
    )
    return executions(client.ask(request))[1].deal.dealId


def test_orders_and_deals_of_one_position_are_listed_newest_first(client: Client) -> None:
    client.order()
    number = client.order(volume=300_000, relativeStopLoss=500)[0].position.positionId
    client.quote(1.1, 1.1002)
    close(client, number, 300_000)
    orders = client.answer(
        records_pb2.ProtoOAOrderListByPositionIdReq(ctidTraderAccountId=HEDGED, positionId=number)
    )
    assert isinstance(orders, records_pb2.ProtoOAOrderListByPositionIdRes)
    assert [each.orderType for each in orders.order] == [4, 1, 1]  # the protection is canceled
    assert [each.orderStatus for each in orders.order] == [5, 2, 2]
    deals = client.answer(
        records_pb2.ProtoOADealListByPositionIdReq(ctidTraderAccountId=HEDGED, positionId=number)
    )
    assert isinstance(deals, records_pb2.ProtoOADealListByPositionIdRes)
    closing = [each.HasField("closePositionDetail") for each in deals.deal]
    assert closing == [True, False]


def test_protection_orders_are_reconciled_only_when_asked_for(client: Client) -> None:
    client.order(relativeStopLoss=500)
    for wanted, count in ((False, 0), (True, 1)):
        answer = client.answer(
            records_pb2.ProtoOAReconcileReq(
                ctidTraderAccountId=HEDGED, returnProtectionOrders=wanted
            )
        )
        assert isinstance(answer, records_pb2.ProtoOAReconcileRes)
        assert (len(answer.position), len(answer.order)) == (1, count)


def test_details_of_an_order_hold_its_deals(client: Client) -> None:
    filled = client.order()[1]
    asked = records_pb2.ProtoOAOrderDetailsReq(
        ctidTraderAccountId=HEDGED, orderId=filled.order.orderId
    )
    answer = client.answer(asked)
    assert isinstance(answer, records_pb2.ProtoOAOrderDetailsRes)
    assert [each.dealId for each in answer.deal] == [filled.deal.dealId]
    asked.orderId = 5
    assert code(client.answer(asked)) == "ORDER_NOT_FOUND"


def test_offsets_name_what_closed_a_deal_and_what_it_closed(client: Client) -> None:
    opened = client.order(volume=300_000)[1]
    closings = [close(client, opened.position.positionId, size) for size in (100_000, 200_000)]
    asked = records_pb2.ProtoOADealOffsetListReq(
        ctidTraderAccountId=HEDGED, dealId=opened.deal.dealId
    )
    answer = client.answer(asked)
    assert isinstance(answer, records_pb2.ProtoOADealOffsetListRes)
    parts = [(each.dealId, each.volume) for each in answer.offsetBy]
    assert parts == list(zip(closings, (100_000, 200_000), strict=True))
    asked.dealId = closings[1]
    answer = client.answer(asked)
    assert isinstance(answer, records_pb2.ProtoOADealOffsetListRes)
    assert [(each.dealId, each.volume) for each in answer.offsetting] == [
        (opened.deal.dealId, 200_000)
    ]


def test_list_may_lack_what_happened_last(client: Client) -> None:
    client.faults.set(Fault.STALE_LIST, Chance(times=1))
    client.order()
    asked = records_pb2.ProtoOADealListReq(ctidTraderAccountId=HEDGED)
    found = [client.answer(asked) for _ in range(2)]
    assert [len(each.deal) for each in found] == [0, 1]  # type: ignore[attr-defined]


def numbers(client: Client) -> tuple[int, int, int, int]:
    """Return the numbers of order, protection, deal and position of a protected market order."""
    bought, filled, protected = client.order(relativeStopLoss=500)
    order = bought.order
    return order.orderId, protected.order.orderId, filled.deal.dealId, order.positionId


def test_number_of_each_kind_rises_by_itself(client: Client) -> None:
    first, second = numbers(client), numbers(client)
    assert [after - before for before, after in zip(first, second, strict=True)] == [1, 1, 1, 1]


def test_chain_of_symbols_converts_one_asset_into_another(client: Client) -> None:
    assets = client.answer(reference_pb2.ProtoOAAssetListReq(ctidTraderAccountId=HEDGED))
    assert isinstance(assets, reference_pb2.ProtoOAAssetListRes)
    numbers = {each.name: each.assetId for each in assets.asset}
    chain = client.answer(
        reference_pb2.ProtoOASymbolsForConversionReq(
            ctidTraderAccountId=HEDGED, firstAssetId=numbers["EUR"], lastAssetId=numbers["JPY"]
        )
    )
    assert isinstance(chain, reference_pb2.ProtoOASymbolsForConversionRes)
    assert [each.symbolName for each in chain.symbol] == ["EURUSD", "USDJPY"]


def test_symbol_names_tiers_of_leverage_that_can_be_asked_for(client: Client) -> None:
    asked = reference_pb2.ProtoOASymbolByIdReq(ctidTraderAccountId=NETTING, symbolId=[1])
    symbols = client.answer(asked)
    assert isinstance(symbols, reference_pb2.ProtoOASymbolByIdRes)
    (symbol,) = symbols.symbol
    assert (symbol.swapLong, symbol.swapRollover3Days, symbol.swapTime) == (-0.65, 3, 1_260)
    leverage = client.answer(
        reference_pb2.ProtoOAGetDynamicLeverageByIDReq(
            ctidTraderAccountId=NETTING, leverageId=symbol.leverageId
        )
    )
    assert isinstance(leverage, reference_pb2.ProtoOAGetDynamicLeverageByIDRes)
    assert [each.leverage for each in leverage.leverage.tiers] == [100, 50, 20]


def test_profile_is_a_number_alone(client: Client) -> None:
    asked = access_pb2.ProtoOAGetCtidProfileByTokenReq(accessToken="access-1")
    answer = client.answer(asked)
    assert isinstance(answer, access_pb2.ProtoOAGetCtidProfileByTokenRes)
    assert answer.profile.userId == 1

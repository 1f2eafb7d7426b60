"""Which function answers which question.

Answers none itself.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from connectors.ctrader.schema import account_pb2, market_pb2, records_pb2, reference_pb2
from connectors.ctrader.simulator.answers.accounts import AccountAnswers
from connectors.ctrader.simulator.answers.market import MarketAnswers
from connectors.ctrader.simulator.answers.records import RecordAnswers
from connectors.ctrader.simulator.answers.reference import ReferenceAnswers

Answer = Callable[[Any, str], Message]
"""Answers a request about an account; raises Refusal for what cannot be answered."""


def answer_table(
    accounts: AccountAnswers,
    reference: ReferenceAnswers,
    records: RecordAnswers,
    market: MarketAnswers,
) -> dict[type[Message], Answer]:
    """Return the function of each kind of request."""
    return {
        account_pb2.ProtoOATraderReq: accounts.trader,
        account_pb2.ProtoOAExpectedMarginReq: accounts.expected_margin,
        account_pb2.ProtoOAMarginCallListReq: accounts.margin_calls,
        account_pb2.ProtoOAMarginCallUpdateReq: accounts.change_margin_call,
        account_pb2.ProtoOACashFlowHistoryListReq: accounts.cash_flow,
        reference_pb2.ProtoOAAssetListReq: reference.assets,
        reference_pb2.ProtoOAAssetClassListReq: reference.asset_classes,
        reference_pb2.ProtoOASymbolCategoryListReq: reference.categories,
        reference_pb2.ProtoOASymbolsListReq: reference.symbols,
        reference_pb2.ProtoOASymbolByIdReq: reference.symbols_by_id,
        reference_pb2.ProtoOASymbolsForConversionReq: reference.conversion,
        reference_pb2.ProtoOAGetDynamicLeverageByIDReq: reference.leverage,
        records_pb2.ProtoOAReconcileReq: records.reconcile,
        records_pb2.ProtoOAOrderListReq: records.orders,
        records_pb2.ProtoOAOrderListByPositionIdReq: records.orders_of_position,
        records_pb2.ProtoOAOrderDetailsReq: records.order_details,
        records_pb2.ProtoOADealListReq: records.deals,
        records_pb2.ProtoOADealListByPositionIdReq: records.deals_of_position,
        records_pb2.ProtoOADealOffsetListReq: records.deal_offsets,
        records_pb2.ProtoOAGetPositionUnrealizedPnLReq: accounts.open_profit,
        market_pb2.ProtoOAGetTrendbarsReq: market.bars,
        market_pb2.ProtoOAGetTickDataReq: market.ticks,
    }

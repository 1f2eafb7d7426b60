"""Answer for what is listed: assets, symbols and their classes, leverage, ways of conversion.

Knows no account.
"""

from google.protobuf.message import Message

from connectors.ctrader.schema import reference_pb2
from connectors.ctrader.simulator.conditions import leverage
from connectors.ctrader.simulator.listing import Listing, account_number, category
from connectors.ctrader.simulator.refusal import Refusal


class ReferenceAnswers:
    """Answer from the listing."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def assets(self, _: reference_pb2.ProtoOAAssetListReq, account: str) -> Message:
        """Return all assets."""
        return reference_pb2.ProtoOAAssetListRes(
            ctidTraderAccountId=account_number(account), asset=self._listing.assets()
        )

    def asset_classes(self, _: reference_pb2.ProtoOAAssetClassListReq, account: str) -> Message:
        """Return the two classes that there are."""
        names = ("Forex", "Contracts")
        return reference_pb2.ProtoOAAssetClassListRes(
            ctidTraderAccountId=account_number(account),
            assetClass=[
                reference_pb2.ProtoOAAssetClass(id=at, name=name)
                for at, name in enumerate(names, 1)
            ],
        )

    def categories(self, _: reference_pb2.ProtoOASymbolCategoryListReq, account: str) -> Message:
        """Return the groups of symbols, one for each class."""
        kinds = sorted({category(each) for each in self._listing.instruments.values()})
        return reference_pb2.ProtoOASymbolCategoryListRes(
            ctidTraderAccountId=account_number(account),
            symbolCategory=[
                reference_pb2.ProtoOASymbolCategory(
                    id=kind, assetClassId=kind, name=f"Group {kind}"
                )
                for kind in kinds
            ],
        )

    def symbols(self, _: reference_pb2.ProtoOASymbolsListReq, account: str) -> Message:
        """Return all symbols in their short form."""
        return reference_pb2.ProtoOASymbolsListRes(
            ctidTraderAccountId=account_number(account),
            symbol=[self._listing.light(each) for each in self._listing.instruments.values()],
        )

    def symbols_by_id(self, request: reference_pb2.ProtoOASymbolByIdReq, account: str) -> Message:
        """Return symbols in their full form."""
        symbols = [self._listing.symbol(self._listing.known(each)) for each in request.symbolId]
        return reference_pb2.ProtoOASymbolByIdRes(
            ctidTraderAccountId=account_number(account), symbol=symbols
        )

    def conversion(
        self, request: reference_pb2.ProtoOASymbolsForConversionReq, account: str
    ) -> Message:
        """Return the shortest chain of symbols that leads from one asset to another."""
        chain = self._listing.conversion(request.firstAssetId, request.lastAssetId)
        if chain is None:
            raise Refusal("SYMBOL_NOT_FOUND", "There is no way between the assets")
        return reference_pb2.ProtoOASymbolsForConversionRes(
            ctidTraderAccountId=account_number(account),
            symbol=[self._listing.light(each) for each in chain],
        )

    def leverage(
        self, request: reference_pb2.ProtoOAGetDynamicLeverageByIDReq, account: str
    ) -> Message:
        """Return the tiers of a leverage that symbols name."""
        found = leverage(request.leverageId)
        if found is None:
            raise Refusal("ENTITY_NOT_FOUND", f"Leverage not found with id {request.leverageId}")
        return reference_pb2.ProtoOAGetDynamicLeverageByIDRes(
            ctidTraderAccountId=account_number(account), leverage=found
        )

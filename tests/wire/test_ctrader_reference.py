"""Instruments of cTrader as the connector lists them, against the simulator in memory."""

from tests.wire.ctrader_rig import EURUSD, Rig


def test_margin_is_that_of_the_first_tier_where_it_is_higher_than_the_accounts() -> None:
    rig = Rig()
    rig.start()
    found = rig.drive(rig.venue.instruments((), rig.now))
    margins = {each.id: each.margin_initial for each in found}
    assert margins[EURUSD] == 0.01  # both are 1:100
    assert margins["XAUUSD.CTRADER"] == 0.02  # the account has 1:100, the tier 1:50

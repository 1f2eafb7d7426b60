"""The money and risk figures of a portfolio.

Holds no rule: the venue computes them, and the engine's gate has its own.
"""

import msgspec

from connectors.alor_protocol.messages.spelling import Spelled


class BuyingPower(msgspec.Struct, frozen=True, gc=False):
    """Give the buying power in one currency."""

    currency: str
    buying_power: float


class Summary(msgspec.Struct, frozen=True, gc=False):
    """Give the money figures of a portfolio."""

    buying_power_at_morning: float | None = None
    buying_power: float | None = None
    profit: float | None = None
    profit_rate: float | None = None
    portfolio_evaluation: float | None = None
    portfolio_liquidation_value: float | None = None
    initial_margin: float | None = None
    corrected_margin: float | None = None
    risk_before_force_position_closing: float | None = None
    commission: float | None = None
    buying_power_by_currency: list[BuyingPower] = []


class Risk(msgspec.Struct, frozen=True, gc=False):
    """Give the risk figures of a portfolio; `risk_status` is Ok, Demand or ToClose."""

    portfolio: str
    exchange: str = ""
    portfolio_evaluation: float | None = None
    portfolio_liquidation_value: float | None = None
    initial_margin: float | None = None
    minimal_margin: float | None = None
    corrected_margin: float | None = None
    risk_coverage_ratio_one: float | None = None
    risk_coverage_ratio_two: float | None = None
    risk_category_id: int | None = None
    client_type: str | None = None
    has_forbidden_positions: bool | None = None
    has_negative_quantity: bool | None = None
    risk_status: str | None = None
    calculation_time: str | None = None


class DerivativesRisk(msgspec.Struct, frozen=True, gc=False):
    """Give the money figures of a derivatives portfolio."""

    portfolio: str
    money_free: float | None = None
    money_blocked: float | None = None
    fee: float | None = None
    money_old: float | None = None
    money_amount: float | None = None
    money_pledge_amount: float | None = None
    vm_inter_cl: float | None = None
    vm_current_positions: float | None = None
    var_margin: float | None = None
    indicative_var_margin: float | None = None
    net_option_value: float | None = None
    pos_risk: float | None = None
    is_limits_set: bool | None = None
    balance_money: float | None = None


BUYING_POWER = Spelled(BuyingPower, slim={"currency": "cr", "buying_power": "bp"})

SUMMARY = Spelled(
    Summary,
    slim={
        "buying_power_at_morning": "bpm",
        "buying_power": "bp",
        "profit": "p",
        "profit_rate": "pr",
        "portfolio_evaluation": "pe",
        "portfolio_liquidation_value": "plv",
        "initial_margin": "im",
        "corrected_margin": "mgc",
        "risk_before_force_position_closing": "r",
        "commission": "cms",
        "buying_power_by_currency": "bpv2",
    },
    nested={"buying_power_by_currency": BUYING_POWER},
)

RISK = Spelled(
    Risk,
    slim={
        "portfolio": "p",
        "exchange": "ex",
        "portfolio_evaluation": "pe",
        "portfolio_liquidation_value": "plv",
        "initial_margin": "mgi",
        "minimal_margin": "mgmn",
        "corrected_margin": "mgc",
        "risk_coverage_ratio_one": "r1",
        "risk_coverage_ratio_two": "r2",
        "risk_category_id": "rid",
        "client_type": "ct",
        "has_forbidden_positions": "fpos",
        "has_negative_quantity": "nq",
        "risk_status": "rst",
        "calculation_time": "t",
    },
)

DERIVATIVES_RISK = Spelled(
    DerivativesRisk,
    slim={
        "portfolio": "p",
        "money_free": "f",
        "money_blocked": "b",
        "fee": "fee",
        "money_old": "o",
        "money_amount": "a",
        "money_pledge_amount": "pa",
        "vm_inter_cl": "mgc",
        "vm_current_positions": "mgp",
        "indicative_var_margin": "ivm",
        "net_option_value": "nov",
        "pos_risk": "pr",
        "is_limits_set": "lim",
    },
    simple_only=("balance_money",),
)

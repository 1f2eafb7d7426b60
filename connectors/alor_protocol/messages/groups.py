"""Groups of orders that the venue links to each other.

Places no order: a group is made of orders that are there already.
"""

import msgspec


class GroupMember(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Name an order of a group; answers tell its number alone. `type` is Limit, Stop and so on."""

    order_id: str
    portfolio: str | None = None
    exchange: str | None = None
    type: str | None = None


class GroupRequest(msgspec.Struct, frozen=True, rename="camel"):
    """Ask for a group. The policy is OnExecuteOrCancel, IgnoreCancel or TriggerBracketOrders."""

    orders: list[GroupMember]
    execution_policy: str


class GroupCreated(msgspec.Struct, frozen=True, rename="camel"):
    """Say that a group was made."""

    message: str
    group_id: str


class OrderGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Describe a group; its status is Active, Filled or Canceled."""

    id: str
    login: str
    orders: list[GroupMember]
    execution_policy: str
    status: str
    created_at: str
    closed_at: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """Say why a request about a group was refused."""

    title: str = ""
    status: int = 0
    detail: str = ""

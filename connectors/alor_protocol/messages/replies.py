"""What the venue answers: controls of the sockets, outcomes of HTTP commands, tokens.

Data records stand in the modules beside this one.
"""

import msgspec


class Control(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Answer one request of a socket, named by its guid; 200 is success.

    On the order socket a success carries the number of the order, of a replaced one the new number.
    """

    request_guid: str
    http_code: int
    message: str = ""
    order_number: str | int | None = None


class CommandDone(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Say that an HTTP command was accepted."""

    message: str
    order_number: str | int | None = None


class OldResponse(msgspec.Struct, frozen=True, rename="camel"):
    """Hold the answer that a request id was given when it came first."""

    status_code: int
    body: CommandDone | str


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Say why an HTTP command was refused; with `old_response` it was carried out before.

    `code` is a number, a name, or `Name (number)`.
    """

    message: str = ""
    code: str | int | None = None
    old_response: OldResponse | None = None


class TokenRequest(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Ask for an access token, for some portfolios or for all. Never prints the token."""

    token: str = ""
    allowed_portfolios: list[str] | None = None

    def __repr__(self) -> str:
        return "<TokenRequest ***>"


class TokenHeader(msgspec.Struct, frozen=True):
    """Say how an access token is signed."""

    alg: str
    typ: str
    cty: str = ""


class AccessToken(msgspec.Struct, frozen=True):
    """Hold the answer to a refresh token. Never prints it."""

    token: str = msgspec.field(name="AccessToken")

    def __repr__(self) -> str:
        return "<AccessToken ***>"


class OAuthTokens(msgspec.Struct, frozen=True):
    """Hold the tokens of the OAuth code flow. Never prints them."""

    access_token: str
    refresh_token: str
    token_type: str | None = None
    expires_in: int | None = None
    scope: str | None = None

    def __repr__(self) -> str:
        return "<OAuthTokens ***>"


class Claims(msgspec.Struct, frozen=True):
    """Hold what an access token says of itself; lists are words in one string, times seconds."""

    sub: str
    exp: int
    iat: int = 0
    portfolios: str = ""
    agreements: str = ""
    scope: str = ""
    ent: str = ""
    ein: str = ""
    clientid: str = ""
    azp: str = ""
    iss: str = ""
    aud: str = ""


class CurrencyPair(msgspec.Struct, frozen=True, rename="camel"):
    """Name a pair of currencies and the instrument that trades it."""

    first_code: str
    second_code: str
    symbol_tom: str

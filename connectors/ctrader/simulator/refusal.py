"""What the simulated venue raises for a request that it does not take.

Says nothing to the client; the peer does.
"""


class Refusal(Exception):
    """Carry the code and the words with which a request is refused."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.description = description

"""Keep secrets and control characters out of whatever is written for people.

Knows no log and no file: text goes in, text that may be shown comes out.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from engine.config.secret import Secret

MASK = "***"
_SHORTEST = 6
"""A secret of fewer characters is not looked for: it would turn up in innocent text."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Redactor:
    """Mask every secret it has learned, as it is and as a URL or JSON would spell it."""

    def __init__(self) -> None:
        self._spellings: dict[str, None] = {}

    def learn(self, secret: Secret) -> None:
        """Remember a secret; longer ones are masked first, so that none shines through another."""
        text = secret.reveal()
        if len(text) < _SHORTEST:
            return
        escaped = text.encode("unicode_escape").decode()
        self._spellings |= dict.fromkeys((text, quote(text, safe=""), quote(text), escaped))
        self._spellings = dict.fromkeys(sorted(self._spellings, key=len, reverse=True))

    def clean(self, value: object) -> object:
        """Return a value without secrets and control characters; keys and entries too."""
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.clean(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(entry) for entry in value]
        return self.text(value if isinstance(value, str) else str(value))

    def text(self, text: str) -> str:
        """Return text with `***` for secrets and escapes for all control but tab and newline."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()

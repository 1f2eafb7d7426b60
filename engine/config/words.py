"""The types that settings share, and the way to say at a setting what it means.

Holds no setting.
"""

from typing import Annotated

from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


def about(meaning: str) -> Meta:
    """Return the annotation that says what a setting means, in errors, schema and documentation."""
    return Meta(description=meaning)


def spelled(pattern: str, words: str) -> Meta:
    """Return the annotation that a text has the form of `pattern`, which errors call `words`."""
    return Meta(pattern=pattern, title=words)

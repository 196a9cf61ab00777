"""Tables of words, written as one line of text."""


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set to look things up in."""
    return frozenset(text.split())

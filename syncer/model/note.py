"""The text of a note in a ledger: words for people, and at the end the marker it is found by."""


def marker_of(text: str) -> str:
    """The last word of a note, which is where the flow puts its marker; "" of no words."""
    words = text.split()
    return words[-1] if words else ""


def cut_note(text: str, *, length: int) -> str:
    """``text`` within ``length`` characters, cut between words; its marker always stays.

    A text without a blank is cut at the length. ``length`` leaves room for a marker.
    """
    if len(text) <= length:
        return text
    marker = marker_of(text)
    room = length - len(marker) - 2
    head = text[: room + 1]
    head = head[: head.rfind(" ")] if " " in head else head[:room]
    return f"{head.rstrip()}… {marker}"

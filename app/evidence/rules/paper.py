"""Characters on paper: what the faces of the PDF surely hold, and how any other is spelled out."""

import re
import unicodedata

_HELD = re.compile("[\t\n\r\x20-\u052f\u1e00-\u1eff\u2010-\u22ff\u2500-\u25ff]")
_UNPRINTED = {"Cc", "Cn", "Co", "Cs"}


def spelled_out(text: str) -> str:
    """Return a text with every character that the faces may lack written as its code, such as ⟨U+1F9EA⟩.

    A page of an archive holds each of its characters (ISO 19005-3 §6.2.11.8); what somebody typed is shown all the
    same.
    """
    return "".join(one if _is_held(one) else f"⟨U+{ord(one):04X}⟩" for one in text)


def _is_held(character: str) -> bool:
    if character in "\t\n\r":
        return True
    return bool(_HELD.match(character)) and unicodedata.category(character) not in _UNPRINTED

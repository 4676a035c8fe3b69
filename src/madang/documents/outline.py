"""Polite sentences turned into the noun endings (개조식) in which an official paper is written: 봅니다 → 봄.

A verb in -ㅂ니다 or -습니다 ends in -ㅁ or -음 instead, and the last full stop goes. A verb whose stem ends in ㄹ
lost it before the polite ending and gets it back (만듭니다 → 만듦). Only sentences of the program itself are turned so;
what a person wrote stays as it was written.
"""

from __future__ import annotations

import re

_ENDING = re.compile(r"([가-힣])니다(?:\.|(?=[(),;]|$))")
_FIRST, _FINALS, _P, _M, _LM = ord("가"), 28, 17, 16, 10  # places of ㅂ, ㅁ and ㄻ among the finals
_LOST_L = frozenset("듭늡")  # 만듭니다, 줄어듭니다, 늡니다


def in_outline_style(text: str) -> str:
    """The text with noun endings; one that has no polite ending stays."""
    turned = _ENDING.sub(_as_noun, text)
    return turned.removesuffix(".") if turned != text else text


def _as_noun(found: re.Match[str]) -> str:
    letter = found[1]
    if letter == "습":
        end = "음"
    elif (ord(letter) - _FIRST) % _FINALS != _P:
        return found[0]
    else:
        end = chr(ord(letter) - _P + (_LM if letter in _LOST_L else _M))
    return end + ("." if found[0].endswith(".") else "")

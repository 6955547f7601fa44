"""Chinese numerals: their values, and numbers written in them."""

from __future__ import annotations

from typing import Final

__all__ = ["HAN_DIGITS", "HAN_SCALES", "read_digits", "read_han", "write_digits", "write_han"]

_ZERO_TO_NINE: Final = "零一二三四五六七八九"
HAN_DIGITS: Final = {char: value for value, char in enumerate(_ZERO_TO_NINE)} | {"〇": 0, "两": 2}
HAN_SCALES: Final = {"十": 10, "百": 100, "千": 1000}


def read_han(text: str) -> int | None:
    """Return the value of a Chinese numeral below ten thousand, None where it is ambiguous or invalid.

    >>> read_han("一千二百"), read_han("十五"), read_han("二〇二二"), read_han("三五"), read_han("一百五")
    (1200, 15, 2022, None, None)
    """
    if all(char in HAN_DIGITS for char in text):
        certain = len(text) == 1 or (len(text) <= 4 and ("〇" in text or "零" in text))
        certain = certain and "两" not in text[1:] and (len(text) == 1 or text[0] not in "零〇两")
        return read_digits(text) if text and certain else None
    total, scale, digit, zero = 0, 10_000, None, False
    for i, char in enumerate(text):
        if char in HAN_SCALES:
            if HAN_SCALES[char] >= scale or (digit is None and (i or char != "十")):
                return None
            scale = HAN_SCALES[char]
            total += scale * (1 if digit is None else digit)
            digit, zero = None, False
        elif char not in HAN_DIGITS or digit is not None:
            return None
        elif HAN_DIGITS[char]:
            digit = HAN_DIGITS[char]
        elif zero or not i:
            return None
        else:
            zero = True
    if digit is not None and scale > 10 and not zero:
        return None  # 一百五 is 150 as often as a slip for 105
    return None if zero and digit is None else total + (digit or 0)


def read_digits(text: str) -> int:
    """Return the value of digits written one by one.

    >>> read_digits("一九九一")
    1991
    """
    return int("".join(str(HAN_DIGITS[char]) for char in text))


def write_han(number: int) -> str:
    """Return a number below ten thousand in Chinese numerals.

    >>> [write_han(n) for n in (0, 5, 15, 105, 110, 1200, 1005)]
    ['零', '五', '十五', '一百零五', '一百一十', '一千二百', '一千零五']
    """
    if number < 10:
        return _ZERO_TO_NINE[number]
    written, zero = "", False
    for sign, scale in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, scale)
        if digit:
            written += ("零" if zero else "") + _ZERO_TO_NINE[digit] + sign
        zero = bool(written) and not digit
    return written[1:] if written.startswith("一十") else written


def write_digits(number: int) -> str:
    """Return the digits of a number one by one.

    >>> write_digits(2022)
    '二零二二'
    """
    return "".join(_ZERO_TO_NINE[int(char)] for char in str(number))

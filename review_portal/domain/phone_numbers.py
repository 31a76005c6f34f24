"""Chinese phone numbers as people write them."""

import re
import unicodedata

import phonenumbers


def mobile_number(text: str) -> str | None:
    """The 11 digits of a mobile number of mainland China, or None if the text is no such number.

    Spaces, hyphens, full-width digits and +86 are taken off.  Whether the number is in use cannot be told.
    """
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:\+86|0086)", "", digits)
    if not re.fullmatch(r"1[3-9][0-9]{9}", digits):
        return None
    number = phonenumbers.parse(digits, "CN")
    return digits if phonenumbers.is_possible_number(number) else None

"""Check digits and shapes of the identifiers agencies send (rules: each register's own).

A pure function per scheme: normalised value in, the rule that it breaks out (None when it keeps
them all). The value itself is never part of the answer, because answers end up in errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from contracts.vocabulary import IdentifierScheme

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_NINO_UNUSED_PREFIXES = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def normalise_identifier(value: str) -> str:
    """Upper case, with spaces and hyphens taken out: the form that is checked and compared."""
    return re.sub(r"[\s\-]", "", value).upper()


def nhs_number_fault(value: str) -> str | None:
    """NHS number: 10 digits, weights 10..2, 11 - (sum mod 11); 11 is 0 and 10 is never issued."""
    if not re.fullmatch(r"[0-9]{10}", value):
        return "an NHS number is 10 digits"
    check = 11 - sum(w * int(d) for w, d in zip(range(10, 1, -1), value, strict=False)) % 11
    check = 0 if check == 11 else check
    return None if check == int(value[9]) else "the NHS number's check digit is wrong"


def upn_fault(value: str) -> str | None:
    """UPN: check letter, 11 digits, a digit or (temporary) a letter; weights 2..13, mod 23."""
    if not re.fullmatch(rf"[{_UPN_LETTERS}][0-9]{{11}}[0-9{_UPN_LETTERS}]", value):
        return "a UPN is a check letter, 11 digits and a digit or letter"
    last = value[12]
    digits = [int(d) for d in value[1:12]]
    digits.append(int(last) if last.isdigit() else _UPN_LETTERS.index(last))
    expected = _UPN_LETTERS[sum(w * d for w, d in zip(range(2, 14), digits, strict=True)) % 23]
    return None if expected == value[0] else "the UPN's check letter is wrong"


def uln_fault(value: str) -> str | None:
    """ULN: 10 digits, first not 0, weights 10..1 sum to 10 mod 11; 9999999999 stands for none."""
    if not re.fullmatch(r"[1-9][0-9]{9}", value):
        return "a ULN is 10 digits and does not start with 0"
    if value == "9999999999":
        return "9999999999 is a placeholder, not a ULN: leave the identifier out"
    total = sum(w * int(d) for w, d in zip(range(10, 0, -1), value, strict=True))
    return None if total % 11 == 10 else "the ULN's check digit is wrong"


def nino_fault(value: str) -> str | None:
    """National Insurance number: two letters, six digits, A to D; it has no check digit."""
    if not re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", value):
        return "a National Insurance number is two letters, six digits and a letter A to D"
    if value[:2] in _NINO_UNUSED_PREFIXES:
        return "no National Insurance number starts with these two letters"
    return None


def pnc_id_fault(value: str) -> str | None:
    """PNC ID: YY/serial and a check letter; (YY and serial of 7 digits) mod 23 picks the letter."""
    found = re.fullmatch(rf"([0-9]{{2}}|[0-9]{{4}})/([0-9]{{1,7}})([{_PNC_LETTERS}])", value)
    if found is None:
        return "a PNC ID is a year, a slash, up to 7 digits and a check letter"
    year, serial, letter = found.groups()
    expected = _PNC_LETTERS[int(year[-2:] + serial.zfill(7)) % 23]
    return None if expected == letter else "the PNC ID's check letter is wrong"


def _other_fault(value: str) -> str | None:
    return None if value else "the identifier is empty"


IDENTIFIER_FAULT: dict[IdentifierScheme, Callable[[str], str | None]] = {
    IdentifierScheme.NHS_NUMBER: nhs_number_fault,
    IdentifierScheme.UPN: upn_fault,
    IdentifierScheme.ULN: uln_fault,
    IdentifierScheme.NINO: nino_fault,
    IdentifierScheme.PNC_ID: pnc_id_fault,
    IdentifierScheme.OTHER: _other_fault,
}


def uprn_fault(value: str) -> str | None:
    """UPRN: 1 to 12 digits. It names an addressable place, not a household."""
    return None if re.fullmatch(r"[0-9]{1,12}", value) else "a UPRN is 1 to 12 digits"

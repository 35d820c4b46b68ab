"""Check digits, by which numbers that mean somebody are told from numbers that mean nothing."""

from itertools import cycle

_CARDS = ("34", "37", "4", "51", "52", "53", "54", "55", "6011", "65", "35", "30", "36", "38", "62")
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_TEN = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_REST = (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = dict(zip(_LETTERS, (*_FIRST_TEN, *_FIRST_TEN, *_REST), strict=True))
_CHINESE, _CHINESE_CHECK = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def digits(text: str) -> str:
    """The ASCII digits of a text."""
    return "".join(letter for letter in text if "0" <= letter <= "9")


def luhn(text: str) -> bool:
    """Whether the digits end in the check digit of ISO/IEC 7812-1."""
    doubled = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}
    return (
        sum(doubled[digit] if place % 2 else int(digit) for place, digit in enumerate(reversed(digits(text)))) % 10 == 0
    )


def card(text: str) -> bool:
    """A payment card: 13 to 19 digits of a known issuer that pass Luhn's check."""
    number = digits(text)
    return 13 <= len(number) <= 19 and len(set(number)) > 1 and number.startswith(_CARDS) and luhn(number)


def iban(text: str) -> bool:
    """An IBAN, ISO 13616: its number modulo 97 is 1."""
    said = "".join(text.split()).upper()
    if not 15 <= len(said) <= 34 or not said.isalnum() or not said.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in said[4:] + said[:4])) % 97 == 1


def social_security(text: str) -> bool:
    """A number of the United States' Social Security that can have been given."""
    area, group, serial = text[:3], text[4:6], text[7:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def dni(text: str) -> bool:
    """A Spanish DNI or NIE, with its letter."""
    said = text.upper().replace("-", "").replace(" ", "")
    number = said[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _DNI[int(number) % 23] == said[-1]


def nir(text: str) -> bool:
    """A French NIR of 15 digits: 97 less the number modulo 97."""
    number = digits(text)
    return len(number) == 15 and 97 - int(number[:13]) % 97 == int(number[13:])


def codice_fiscale(text: str) -> bool:
    """An Italian codice fiscale, with its letter."""
    said = text.upper()
    total = sum(
        _ODD[letter] if place % 2 == 0 else int(letter, 36) % 10 if letter.isdigit() else ord(letter) - 65
        for place, letter in enumerate(said[:15])
    )
    return chr(65 + total % 26) == said[15]


def pesel(text: str) -> bool:
    """A Polish PESEL: a date, and a check digit by the weights 1, 3, 7, 9."""
    total = sum(int(digit) * weight for digit, weight in zip(text[:10], cycle((1, 3, 7, 9)), strict=False))
    return 1 <= int(text[2:4]) % 20 <= 12 and 1 <= int(text[4:6]) <= 31 and (10 - total % 10) % 10 == int(text[10])


def cpf(text: str) -> bool:
    """A Brazilian CPF, with its two check digits."""
    number = digits(text)
    if len(number) != 11 or len(set(number)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * weight for digit, weight in zip(number, range(length + 1, 1, -1), strict=False))
        if (total * 10 % 11) % 10 != int(number[length]):
            return False
    return True


def aadhaar(text: str) -> bool:
    """An Indian Aadhaar number: 12 digits with Verhoeff's check digit (1969)."""
    number = digits(text)
    if len(number) != 12 or number[0] in "01":
        return False
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = _verhoeff(check, _permuted(int(digit), place % 8))
    return check == 0


def chinese(text: str) -> bool:
    """A Chinese resident's number of 18 places, ISO 7064 mod 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _CHINESE, strict=True))
    return _CHINESE_CHECK[total % 11] == text[17].upper() and 1 <= int(text[10:12]) <= 12


def swedish(text: str) -> bool:
    """A Swedish personnummer: a date, and Luhn's check over its last ten digits."""
    number = digits(text)[-10:]
    return 1 <= int(number[2:4]) <= 12 and 1 <= int(number[4:6]) % 60 <= 31 and luhn(number)


def steuer_id(text: str) -> bool:
    """A German tax number: one digit two or three times among the first ten, ISO 7064 mod 11,10."""
    number = digits(text)
    if len(number) != 11 or number[0] == "0" or len(set(number[:10])) not in (8, 9):
        return False
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[10])


def _verhoeff(one: int, other: int) -> int:
    """The product of two elements of the dihedral group of ten."""
    if one < 5:
        return (one + other) % 5 if other < 5 else (one + other - 5) % 5 + 5
    return (one - 5 - other) % 5 + 5 if other < 5 else (one - other) % 5


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit

"""What tells who somebody is: addresses, numbers and names, by their shape and their check digits."""

import ipaddress
import re

from kept.practices.sharing.methods.scanning import checks
from kept.practices.sharing.methods.scanning.finding import Detector
from kept.practices.sharing.methods.scanning.names import GIVEN, NOT_NAMES

# Domains that nobody has (RFC 2606), and numbers that nobody is called by.
_NOBODY = re.compile(r"[@.](?:example(?:\.(?:com|org|net))?|invalid|test|localhost)$", re.IGNORECASE)
_FICTION = re.compile(r"555-?01\d\d$")
_CALLED = r"(?:phone|telephone|tel|call|mobile|cell|whatsapp|signal|fax|number)"
_STREET = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|close|crescent|square|terrace)"
_STREET_ABROAD = (
    r"(?:[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|gasse|weg|platz|allee)|(?:rue|avenue|via|calle|rua|plaza|piazza)"
    r"\s+(?:d[eiu]l?l?a?\s+|de\s+la\s+)?[A-ZÀ-Ý][\wÀ-ÿ'-]+)"
)
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:[-'][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+)?"


def _somebody_s(text: str) -> bool:
    return not _NOBODY.search(text)


def _phone(text: str) -> bool:
    return 8 <= len(checks.digits(text)) <= 15 and not _FICTION.search(re.sub(r"[ .()]", "-", text))


def _address(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return found.is_global


def _named(text: str) -> bool:
    return text.split()[0] not in NOT_NAMES


def _given(text: str) -> bool:
    first, last = text.split()[0], text.split()[-1]
    return first in GIVEN and last not in NOT_NAMES


PERSONAL = (
    Detector(
        "e-mail address",
        re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-zA-Z][\w-]{1,62}"),
        _somebody_s,
    ),
    Detector(
        "e-mail address",
        re.compile(
            r"[\w.+'-]{1,64} ?(?:\[at\]|\(at\)|\{at\}|@| at (?=[\w-]+ dot )) ?[\w-]{1,63}"
            r"(?:(?:\.| ?\[dot\] ?| ?\(dot\) ?| dot )[a-zA-Z][\w-]{1,62}){1,4}"
        ),
        _somebody_s,
    ),
    Detector("phone number", re.compile(r"(?<![\w+])\+\d{1,3}[ .()-]{0,2}(?:\d[ .()-]{0,2}){6,12}\d(?!\w)"), _phone),
    Detector("phone number", re.compile(r"(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"), _phone),
    Detector(
        "phone number",
        re.compile(r"(?<![\w.,-])(?<!\d )\(?0[1-9]\d{0,4}\)?[ /-](?:\d{2,8}[ -]?){1,4}(?<=\d)(?![\w.-]\d)"),
        _phone,
    ),
    Detector("phone number", re.compile(rf"(?i:\b{_CALLED}\b\D{{0,12}})(?P<it>\d(?:[ .-]?\d){{6,14}})(?!\w)"), _phone),
    Detector("bank account", re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}(?!\w)"), checks.iban),
    Detector(
        "bank account",
        re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?(?!\w)"),
        checks.iban,
    ),
    Detector("payment card", re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])"), checks.card),
    Detector("network address", re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)"), _address),
    Detector("network address", re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"), _address),
    Detector("national number", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), checks.social_security),
    Detector(
        "national number", re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)")
    ),
    Detector("national number", re.compile(r"(?<!\w)[XYZxyz\d]\d{7}[ -]?[A-Za-z](?!\w)"), checks.dni),
    Detector(
        "national number", re.compile(r"(?<!\w)[12] ?\d\d ?[01]\d ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d(?!\w)"), checks.nir
    ),
    Detector(
        "national number",
        re.compile(r"(?<!\w)[A-Za-z]{6}\d\d[A-EHLMPRSTa-ehlmprst]\d\d[A-Za-z]\d{3}[A-Za-z](?!\w)"),
        checks.codice_fiscale,
    ),
    Detector(
        "national number",
        re.compile(r"(?<![\w-])\d{11}(?![\w-])"),
        lambda text: checks.pesel(text) or checks.steuer_id(text),
    ),
    Detector("national number", re.compile(r"(?<!\w)\d\d \d{3} \d{3} \d{3}(?!\w)"), checks.steuer_id),
    Detector("national number", re.compile(r"(?<!\w)\d{3}\.\d{3}\.\d{3}-\d\d(?!\w)"), checks.cpf),
    Detector("national number", re.compile(r"(?<!\w)\d{4}[ -]?\d{4}[ -]?\d{4}(?![\w-])"), checks.aadhaar),
    Detector("national number", re.compile(r"(?<!\w)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\w)"), checks.chinese),
    Detector("national number", re.compile(r"(?<!\w)(?:19|20)?\d{6}[-+]\d{4}(?!\w)"), checks.swedish),
    Detector("street address", re.compile(rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:[A-Z][a-z']+ ){{1,3}}(?i:{_STREET})\b")),
    Detector(
        "street address",
        re.compile(rf"(?<!\w){_STREET_ABROAD},? \d{{1,4}}[a-z]?(?!\w)|(?<!\w)\d{{1,4}},? {_STREET_ABROAD}"),
    ),
    Detector(
        "date of birth",
        re.compile(
            r"(?i:\b(?:born|d\.?o\.?b\.?|birthday|date of birth)\b)\D{0,16}(?P<it>\d{1,4}[./-]\d{1,2}[./-]\d{1,4})"
        ),
    ),
    Detector(
        "account name",
        re.compile(r"(?<![\w@.])@(?P<it>[A-Za-z_]\w{2,30})(?!\w)"),
        lambda text: not text.islower() or len(text) > 3,
    ),
    Detector(
        "name",
        re.compile(
            rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Monsieur|Madame|Señora?|Signora?)\.? (?P<it>{_NAME}(?: {_NAME})?)"
        ),
        _named,
    ),
    Detector(
        "name",
        re.compile(
            r"(?i:\bmy (?:full )?name is|\bI am called|\bje m'appelle|\bich heiße|\bme llamo|\bmi chiamo)"
            rf"\s+(?P<it>{_NAME}(?: {_NAME})*)"
        ),
        _named,
    ),
    Detector(
        "name",
        re.compile(
            r"(?:^|\n)(?:Dear|Hi|Hello|Hallo|Best|Regards|Best regards|Sincerely|Yours),?"
            rf"\s+(?P<it>{_NAME}(?: {_NAME})?)(?=[,\n!]|$)"
        ),
        _named,
    ),
    Detector("name", re.compile(rf"(?<![\w'-])(?P<it>{_NAME} (?:[A-Z]\. )?{_NAME})(?![\w-])"), _given),
)

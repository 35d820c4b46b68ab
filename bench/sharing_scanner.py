"""What the scanner finds of what came from users, and what it refuses that came from nobody.

What is to be found is generated with new seeds in every run, by rules written here apart from the scanner's: numbers
with check digits, addresses, keys in their issuers' shapes, tokens of random letters, and names from two lists, one of
which the scanner doesn't know. Each stands in a sentence of its own. What is to pass is real: XSTest's harmless
prompts, ATLAS's descriptions, and this project's documentation.

Usage: python bench/sharing_scanner.py [--quick]
"""

import argparse
import base64
import json
import os
import random
import time
from collections import Counter
from pathlib import Path

import _texts

from kept.practices.sharing.methods.scanning import Overlap, scan

LOWER, UPPER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
SENTENCES = (
    "Please use {} for it.",
    "you can reach them at {}, they said",
    "Start: {} -- and go on.",
    "It says {} here",
)
KNOWN = ("Anna", "Mohammed", "Wei", "Priya", "Carlos", "Ivan", "Fatima", "James", "Yuki", "Maria")
UNKNOWN = ("Thandiwe", "Bjarte", "Oluwaseun", "Ngozi", "Aroha", "Siobhan", "Xochitl", "Zbigniew", "Kwabena")
LAST = ("Okafor", "Schmidt", "Nakamura", "Petrov", "Garcia", "Lindqvist", "Haddad", "Novak", "Tanaka", "Moreau")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = 100 if parser.parse_args().quick else 1000
    seed = int.from_bytes(os.urandom(4))
    draw = random.Random(seed)
    found = {name: recall(draw, make, count) for name, make in MAKERS.items()}
    numbers = {name: found[name] for name in NUMBERS}
    others = {name: found[name] for name in found if name not in NUMBERS and name not in NAMES}
    rows = [
        row(
            "recall of numbers with check digits, the least of any kind", "≥ 0.99", min(numbers.values()), 0.99, numbers
        ),
        row(
            "recall of addresses, keys and tokens, the least of any kind", "≥ 0.95", min(others.values()), 0.95, others
        ),
        row(
            "recall of names that are said to be names or begin with a known one",
            "≥ 0.9",
            min(found["name, said"], found["name, known"]),
            0.9,
            {name: found[name] for name in NAMES},
        ),
        row("recall of words that one person logged, 60 letters of them", "≥ 0.99", logged(draw, count), 0.99, {}),
        *refused(),
    ]
    print(json.dumps({"bench": "sharing_scanner", "seed": seed, "rows": rows}))


def recall(draw, make, count):
    hit = 0
    for _ in range(count):
        what = make(draw)
        sentence = draw.choice(SENTENCES) if "{}" not in what else "{}"
        text = sentence.format(what.replace("{}", "")) if "{}" not in what else what.replace("{}", "")
        start = text.index(what.replace("{}", ""))
        end = start + len(what.replace("{}", ""))
        hit += any(one.start < end and start < one.end for one in scan(text))
    return round(hit / count, 4)


def logged(draw, count):
    words = sorted({word.lower() for text in (*_texts.xstest(), __doc__) for word in text.split() if word.isalpha()})
    hit = 0
    for _ in range(count):
        own = " ".join(draw.choices(words, k=14))[:80]
        overlap = Overlap(f"{' '.join(draw.choices(words, k=60))} {own} {' '.join(draw.choices(words, k=60))}")
        overlap.see(
            f"{' '.join(draw.choices(words, k=30))} {own[5:65].upper()} {' '.join(draw.choices(words, k=30))}", "a"
        )
        hit += bool(overlap.findings())
    return round(hit / count, 4)


def refused():
    docs = Path(__file__).parents[1] / "docs"
    parts = [part for path in sorted(docs.glob("*.md")) for part in path.read_text().split("\n\n")]
    paragraphs = [part for part in parts if len(part) > 80]
    rows = []
    for name, texts, most in (
        ("harmless prompts (XSTest)", _texts.xstest(), 0.1),
        ("descriptions of techniques (ATLAS)", _texts.atlas(), 0.02),
        ("paragraphs of this project's documentation", paragraphs, 0.02),
    ):
        began = time.process_time()
        kinds = Counter(kind for text in texts for kind in {one.kind for one in scan(text)})
        took = time.process_time() - began
        share = sum(bool(scan(text)) for text in texts) / len(texts) if texts else None
        rows.append(
            {
                "what": f"refused of real {name}",
                "reach": f"≤ {most}",
                "measured": share,
                "unit": "share",
                "holds": share is not None and share <= most,
                "detail": {
                    "texts": len(texts),
                    **kinds,
                    "characters/s": round(sum(map(len, texts)) / took) if took else 0,
                },
            }
        )
    return rows


def some(draw, letters, count):
    return "".join(draw.choices(letters, k=count))


def luhn_digit(number):
    total = 0
    for place, digit in enumerate(reversed(number)):
        twice = int(digit) * (2 if place % 2 == 0 else 1)
        total += twice - 9 if twice > 9 else twice
    return str(-total % 10)


def card(draw):
    start, length = draw.choice((("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("35", 16)))
    number = start + some(draw, DIGITS, length - 1 - len(start))
    number += luhn_digit(number)
    gap = draw.choice(("", " ", "-"))
    return gap.join(number[place : place + 4] for place in range(0, length, 4))


def iban(draw):
    country, length = draw.choice((("DE", 18), ("FR", 23), ("ES", 20), ("NL", 14), ("GB", 18), ("PL", 24)))
    body = (some(draw, UPPER, 4) if country in ("NL", "GB") else "") + some(draw, DIGITS, length)
    body = body[:length]
    value = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
    said = f"{country}{98 - value % 97:02}{body}"
    return draw.choice((said, " ".join(said[place : place + 4] for place in range(0, len(said), 4))))


def dni(draw):
    number = draw.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def nir(draw):
    born = f"{draw.randrange(100):02}{draw.randint(1, 12):02}{draw.randint(1, 95):02}"
    body = f"{draw.choice('12')}{born}{some(draw, DIGITS, 6)}"
    return f"{body}{97 - int(body) % 97:02}"


def pesel(draw):
    body = f"{draw.randrange(100):02}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{some(draw, DIGITS, 4)}"
    return body + str(-sum(int(digit) * weight for digit, weight in zip(body, (1, 3, 7, 9) * 3, strict=False)) % 10)


def cpf(draw):
    body = [draw.randrange(10) for _ in range(9)]
    for _ in range(2):
        rest = sum(digit * (len(body) + 1 - place) for place, digit in enumerate(body)) % 11
        body.append(0 if rest < 2 else 11 - rest)
    said = "".join(map(str, body))
    return f"{said[:3]}.{said[3:6]}.{said[6:9]}-{said[9:]}"


def chinese(draw):
    born = f"{draw.randint(1950, 2010)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    body = f"{draw.randrange(110000, 659000)}{born}{some(draw, DIGITS, 3)}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def ssn(draw):
    return (
        f"{draw.choice([n for n in range(1, 900) if n != 666]):03}-{draw.randint(1, 99):02}-{draw.randint(1, 9999):04}"
    )


def swedish(draw):
    body = f"{draw.randrange(100):02}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{some(draw, DIGITS, 3)}"
    return f"{body[:6]}-{body[6:]}{luhn_digit(body)}"


def phone(draw):
    country = draw.choice(("49", "44", "33", "1", "91"))
    abroad = f"+{country} {some(draw, DIGITS[2:], 3)} {some(draw, DIGITS, 3)} {some(draw, DIGITS, 4)}"
    american = f"({draw.randint(201, 989)}) {draw.randint(221, 554)}-{some(draw, DIGITS, 4)}"
    return draw.choice((abroad, american, f"0{draw.randint(30, 999)} {some(draw, DIGITS[1:], 7)}"))


def email(draw):
    domain = f"{some(draw, LOWER, 7)}.{draw.choice(('com', 'net', 'co.uk', 'de', 'io'))}"
    return draw.choice(("{0}@{1}", "{0}.x@{1}", "{0}+{0}@{1}", "{0} [at] {1}")).format(some(draw, LOWER, 6), domain)


def address(draw):
    if draw.random() < 0.3:
        return f"2a0{draw.randint(1, 9)}:" + ":".join(f"{draw.randrange(1, 65536):x}" for _ in range(7))
    last = ".".join(str(draw.randint(1, 254)) for _ in range(3))
    return f"{draw.choice((8, 23, 45, 81, 93, 142, 151, 185))}.{last}"


def issued(draw):
    mixed = LOWER + UPPER + DIGITS
    return draw.choice(
        (
            "AKIA" + some(draw, UPPER + "234567", 16),
            "ghp_" + some(draw, mixed, 36),
            "sk-" + some(draw, mixed, 40),
            "xoxb-" + some(draw, DIGITS, 11) + "-" + some(draw, mixed, 24),
            "AIza" + some(draw, mixed, 35),
            "hf_" + some(draw, mixed, 34),
            "sk_live_" + some(draw, mixed, 24),
            "glpat-" + some(draw, mixed, 20),
        )
    )


def token(draw):
    made = bytes(draw.randrange(256) for _ in range(draw.randint(18, 48)))
    plain, safe = base64.b64encode(made).decode(), base64.urlsafe_b64encode(made).decode()
    return draw.choice((made.hex(), plain.rstrip("="), safe))


def password(draw):
    return f"password: {some(draw, LOWER, 5)}{draw.choice('!#$%_-')}{some(draw, DIGITS, 3)}"


NUMBERS = {
    "card": card,
    "IBAN": iban,
    "DNI": dni,
    "NIR": nir,
    "PESEL": pesel,
    "CPF": cpf,
    "Chinese ID": chinese,
    "SSN": ssn,
    "personnummer": swedish,
}
NAMES = {
    "name, said": lambda draw: f"{{}}My name is {draw.choice(UNKNOWN)} {draw.choice(LAST)}.",
    "name, known": lambda draw: f"{draw.choice(KNOWN)} {draw.choice(LAST)}",
    "name, unknown": lambda draw: f"{draw.choice(UNKNOWN)} {draw.choice(LAST)}",
}
MAKERS = {
    **NUMBERS,
    "phone": phone,
    "e-mail": email,
    "network address": address,
    "issued key": issued,
    "token": token,
    "password": password,
    **NAMES,
}


def row(what, reach, measured, least, detail):
    holds = measured >= least
    return {"what": what, "reach": reach, "measured": measured, "unit": "share", "holds": holds, "detail": detail}


if __name__ == "__main__":
    main()

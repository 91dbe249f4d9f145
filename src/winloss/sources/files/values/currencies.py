"""Which currency the signs and words around an amount name (ISO 4217)."""

from __future__ import annotations

SIGNS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "฿": "THB",
    "₴": "UAH", "₦": "NGN", "₱": "PHP", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₵": "GHS", "zł": "PLN", "kč": "CZK", "ft": "HUF", "лв": "BGN",
    "руб": "RUB", "руб.": "RUB", "р.": "RUB", "rs": "INR", "rs.": "INR", "re": "INR", "us$": "USD", "$us": "USD", "u$s": "USD", "r$": "BRL",
    "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "cdn$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "sg$": "SGD", "mx$": "MXN",
    "mex$": "MXN", "nt$": "TWD", "cn¥": "CNY", "元": "CNY", "円": "JPY", "원": "KRW", "fr.": "CHF", "sfr.": "CHF", "sfr": "CHF", "tl": "TRY",
    "rm": "MYR", "rp": "IDR", "lei": "RON", "euro": "EUR", "euros": "EUR", "eur.": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP",
    "pounds": "GBP", "yen": "JPY", "rupees": "INR", "s/": "PEN", "s/.": "PEN",
}  # fmt: skip
CODES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ARS",
        "AUD",
        "AZN",
        "BAM",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BND",
        "BOB",
        "BRL",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNH",
        "CNY",
        "COP",
        "CRC",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "GBP",
        "GEL",
        "GHS",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HRK",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KRW",
        "KWD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWL",
    ]
)
DOLLAR = "$"
"""Many countries' sign: settled over the whole column."""
KRONE = frozenset({"kr", "kr.", ",-"})
"""Three countries' sign: no currency without more."""


def named(words: str) -> str | None:
    """The currency that `words` name: an ISO code, `$` for dollars of an unnamed country, `` for a sign of
    several currencies; None where they name none.

    >>> named("€"), named("USD"), named("$"), named("pieces")
    ('EUR', 'USD', '$', None)
    """
    text = words.strip().strip("()[]").strip()
    if text.upper() in CODES:
        return text.upper()
    if text == DOLLAR:
        return DOLLAR
    if text.casefold() in KRONE:
        return ""
    found = SIGNS.get(text.casefold())
    return found or _both(text)


def _both(text: str) -> str | None:
    """A code and a sign together: `USD $`, `€ EUR`."""
    parts = text.replace("$", " $ ").split()
    codes = {part.upper() for part in parts if part.upper() in CODES}
    others = [part for part in parts if part.upper() not in CODES]
    return codes.pop() if len(codes) == 1 and all(part == DOLLAR or part in SIGNS for part in others) else None

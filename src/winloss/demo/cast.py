"""Who and what the invented company meets: markets, channels, competitors, reasons, reps. All names are invented.

Shares are how often a value occurs among deals; they carry no effect. Effects stand in `causes`.
"""

from __future__ import annotations

import datetime as dt

COMPANY = "Lindquary"
CURRENCY = "EUR"
FIRST_DAY = dt.date(2024, 1, 1)
LAST_DAY = dt.date(2026, 4, 30)

INDUSTRIES = {
    "Healthcare": 0.17,
    "Manufacturing": 0.22,
    "Retail": 0.17,
    "Logistics": 0.12,
    "Financial services": 0.12,
    "Professional services": 0.12,
    "Education": 0.08,
}

BANDS = {"1-19": 0.12, "20-49": 0.20, "50-149": 0.24, "150-199": 0.08, "200-499": 0.20, "500-1999": 0.11, "2000+": 0.05}
BAND_EDGES = (1, 20, 50, 150, 200, 500, 2000, 9000)
BAND_MEDIAN_CENTS = (450_000, 800_000, 1_800_000, 2_600_000, 4_200_000, 9_000_000, 18_000_000)
BAND_MEDIAN_DAYS = (30, 38, 52, 62, 74, 98, 130)

SMB, MID_MARKET, ENTERPRISE = "SMB", "Mid-market", "Enterprise"
SEGMENT_OF_BAND = (SMB, SMB, MID_MARKET, MID_MARKET, MID_MARKET, ENTERPRISE, ENTERPRISE)
SEGMENTS = (SMB, MID_MARKET, ENTERPRISE)
SEGMENT_COLUMN = "x_market_segment"

SOURCES = {
    "Organic search": 0.19,
    "Paid social": 0.18,
    "Paid search": 0.14,
    "Webinar": 0.12,
    "Partner": 0.11,
    "Referral": 0.10,
    "Outbound": 0.16,
}
LEAD_SHARES = (0.14, 0.52, 0.14, 0.09, 0.02, 0.02, 0.07)
"""Of the leads that became no deal, by the order of SOURCES."""

CAMPAIGNS = (
    ("Guides", "Comparison pages"),
    ("Shift happens", "Free the planner"),
    ("Planner keywords", "Rota keywords"),
    ("Planning hour spring", "Planning hour autumn"),
    ("Partner referrals", "Partner days"),
    ("Customer referrals",),
    ("Cold outreach", "Warm outreach"),
)
"""By source. Of the webinars the first runs from February to July, the second in the other months."""

CONTENTS = {
    "ROI worksheet": 0.20,
    "Evaluation checklist": 0.14,
    "Customer story": 0.20,
    "Product tour": 0.22,
    "Benchmark report": 0.14,
    "Webinar recording": 0.10,
}
CONTENT_FILLED = 0.78

PRODUCTS = {"Planner": 0.48, "Dispatch": 0.30, "Planner Suite": 0.22}
PERSONAS = {
    "Head of operations": 0.32,
    "IT manager": 0.20,
    "Managing director": 0.18,
    "Finance lead": 0.14,
    "HR lead": 0.16,
}
REGIONS = {"DACH": 0.32, "Nordics": 0.20, "UK and Ireland": 0.28, "Benelux": 0.20}
COUNTRIES = (
    ("Germany", "Austria", "Switzerland"),
    ("Sweden", "Denmark", "Norway"),
    ("United Kingdom", "Ireland"),
    ("Netherlands", "Belgium"),
)
TEAMS = (("Munich", "Vienna"), ("Malmo", "Aarhus"), ("Leeds", "Cork"), ("Utrecht", "Ghent"))

DEAL_TYPES = {"New business": 0.80, "Expansion": 0.20}
OPEN_STAGES = ("Discovery", "Demo", "Proposal", "Negotiation")

NO_COMPETITOR = "None"
COMPETITORS = {NO_COMPETITOR: 0.46, "Vornexa": 0.13, "Tessarune": 0.16, "Ombravia": 0.13, "Drelkin": 0.12}

REASONS = (
    "price_value",
    "product_capability",
    "implementation_risk",
    "trust_credibility",
    "sales_execution",
    "messaging_content",
    "buyer_organisation",
    "indecision_timing",
    "qualification",
    "other",
)
LOST_WEIGHTS = (0.18, 0.19, 0.08, 0.07, 0.09, 0.09, 0.08, 0.10, 0.08, 0.04)
STALLED_WEIGHTS = (0.08, 0.03, 0.04, 0.02, 0.03, 0.02, 0.26, 0.44, 0.05, 0.03)
WON_WEIGHTS = (0.16, 0.30, 0.10, 0.14, 0.16, 0.10, 0.0, 0.0, 0.0, 0.04)

RAW_LOSS_REASONS: tuple[tuple[str, ...], ...] = (
    ("Price", "Price", "Too expensive", "price"),
    ("Missing features", "Product gap", "Missing features"),
    ("Implementation effort", "Implementation"),
    ("Trust", "Lack of trust"),
    ("Slow response", "Sales process", "Slow response"),
    ("Messaging", "Unclear messaging", "Messaging"),
    ("Champion left", "Budget cut", "Reorganisation", "Champion left"),
    ("Timing", "No decision", "Timing", "Not now"),
    ("No need", "Poor fit"),
    ("Other",),
)
RAW_WIN_REASONS: tuple[tuple[str, ...], ...] = (
    ("Price",),
    ("Product fit", "Features"),
    ("Easy implementation",),
    ("Trust",),
    ("Responsiveness",),
    ("Messaging",),
    ("Other",),
    ("Timing",),
    ("Other",),
    ("Other",),
)
RAW_JUNK_REASONS = ("Duplicate", "Invalid number")

FIRST_NAMES = (
    *("Ada", "Birk", "Carla", "Dario", "Elin", "Fynn", "Greta", "Hanno", "Ilka", "Jonas", "Kaja", "Lenz", "Mira"),
    *("Nils", "Oda", "Pia", "Quirin", "Runa", "Sven", "Tilda", "Ulla", "Veit", "Wanja", "Ylva", "Zeno"),
)
LAST_NAMES = (
    *("Arvenholt", "Brekkesund", "Castermoor", "Dornhagel", "Eskelby", "Farnwald", "Gellerup", "Hasterholm"),
    *("Ingvarsen", "Jelstrup", "Karrenbeck", "Lomvold", "Marstrell", "Norrvik", "Osterlund", "Pellworth"),
    *("Quistgard", "Rydahl", "Selmerup", "Tornquell"),
)

NAME_HEADS = (
    *("Vel", "Orin", "Tar", "Quen", "Mor", "Zel", "Bran", "Ister", "Cor", "Dul", "Ferr", "Gan", "Hol", "Jor", "Kel"),
    *("Lum", "Mars", "Nev", "Ost", "Pel", "Rav", "Sul", "Tor", "Ulm", "Var", "Wen", "Yar", "Zand", "Elm", "Bask"),
)
NAME_TAILS = (
    *("dane", "mire", "vik", "holt", "quist", "sund", "wick", "lund", "garde", "mond", "rell", "stad", "tham", "vall"),
    *("worth", "zell", "bruck", "court", "drup", "feld", "gate", "hausen", "kamp", "levin", "mark", "nor"),
)
NAME_PLACES = ("", *(f" {place}" for place in ("North", "South", "East", "West", "Central", "Coast", "Valley", "Hill")))
NAME_TRADES = (
    ("Clinics", "Care", "Hospitals", "Health"),
    ("Works", "Machines", "Metals", "Plastics"),
    ("Stores", "Markets", "Outlets", "Shops"),
    ("Freight", "Haulage", "Depots", "Shipping"),
    ("Mutual", "Savings", "Cover", "Funds"),
    ("Advisers", "Partners", "Engineers", "Surveyors"),
    ("Schools", "College", "Academy", "Campus"),
)
"""By the order of INDUSTRIES."""

"""A crowd that buys at random: names as people write them, the taxes of their countries, believable carts."""

from decimal import Decimal

from . import variety
from .countries import COUNTRIES
from .customers import known
from .money import decimals

# (first, last, e-mail, phone, street, zip, city, province code, province, country)
PEOPLE = [
    (
        "Jörg",
        "Müller-Lüdenscheidt",
        "joerg.mueller@example.com",
        "+49 30 5550101",
        "Kastanienallee 12",
        "10435",
        "Berlin",
        None,
        None,
        "DE",
    ),
    ("Anneliese", "Weiß", "a.weiss@example.com", None, "Grüne Straße 4a", "01067", "Dresden", None, None, "DE"),
    (
        "Ümit",
        "Yılmaz",
        "umit.yilmaz@example.com",
        "+49 221 5550102",
        "Venloer Str. 310",
        "50823",
        "Köln",
        None,
        None,
        "DE",
    ),
    (
        "Søren",
        "Kjærgaard",
        "soren@example.com",
        None,
        "Nørrebrogade 20, 2. tv",
        "2200",
        "København N",
        None,
        None,
        "DK",
    ),
    (
        "Éléonore",
        "d’Aubigné",
        "eleonore@example.com",
        "+33 1 55 55 01 03",
        "7 rue de l’Église",
        "75011",
        "Paris",
        None,
        None,
        "FR",
    ),
    (
        "François",
        "Lefèvre",
        "f.lefevre@example.com",
        None,
        "12 cours Mirabeau",
        "13100",
        "Aix-en-Provence",
        None,
        None,
        "FR",
    ),
    ("Zoë", "van den Berg", "zoe@example.com", None, "Prinsengracht 263", "1016 GV", "Amsterdam", None, None, "NL"),
    ("Łukasz", "Wiśniewski", "lukasz@example.com", None, "ul. Długa 5 m. 3", "31-147", "Kraków", None, None, "PL"),
    (
        "Chiara",
        "Dell’Acqua",
        "chiara@example.com",
        "+39 02 5550104",
        "Via Niccolò Tommaseo 9",
        "20123",
        "Milano",
        "MI",
        "Milano",
        "IT",
    ),
    ("Νίκος", "Παπαδόπουλος", "nikos@example.com", None, "Οδός Ερμού 15", "105 63", "Αθήνα", None, None, "GR"),
    ("Siobhán", "O’Connor", "siobhan@example.com", None, "3 Dame Street", "D02 XY00", "Dublin", None, None, "IE"),
    (
        "Matthew",
        "Reyes",
        "matt.reyes@example.com",
        "+1 512-555-0105",
        "410 Congress Ave Apt 7",
        "78701",
        "Austin",
        "TX",
        "Texas",
        "US",
    ),
    (
        "Aaliyah",
        "Washington",
        "aaliyah@example.com",
        None,
        "88 Prospect Park W",
        "11215",
        "Brooklyn",
        "NY",
        "New York",
        "US",
    ),
    (
        "Renée",
        "Tremblay",
        "renee.tremblay@example.com",
        None,
        "4500 rue Saint-Denis",
        "H2J 2L3",
        "Montréal",
        "QC",
        "Quebec",
        "CA",
    ),
    ("佐藤", "美咲", "misaki.sato@example.com", None, "神南1-2-3", "150-0041", "渋谷区", "JP-13", "Tōkyō", "JP"),
    ("Cher", "", "cher@example.com", None, "1 Main St", "90210", "Beverly Hills", "CA", "California", "US"),
]

# Country → (taxes, whether they are contained in the price)
TAXES = {
    "DE": ([("MwSt", "0.19")], True),
    "DK": ([("Moms", "0.25")], True),
    "FR": ([("TVA", "0.2")], True),
    "NL": ([("BTW", "0.21")], True),
    "PL": ([("VAT", "0.23")], True),
    "IT": ([("IVA", "0.22")], True),
    "GR": ([("ΦΠΑ", "0.24")], True),
    "IE": ([("VAT", "0.23")], True),
    "JP": ([], True),
    "US": ([("State Tax", "0.0625"), ("City Tax", "0.0125"), ("County Tax", "0.00375")], False),
    "CA": ([("GST", "0.05"), ("QST", "0.09975")], False),
}
NOTES = (
    None,
    None,
    None,
    "Bitte beim Nachbarn abgeben 🙏",
    "C’est un cadeau : merci d’emballer !",
    "Leave at the back door",
)
CODES = ("WELCOME10", "SOMMER", "MERCI5")


def random_order(shop, rng, *, countries=None, presentment=None, presentment_share=0.0, test=False, lively=False):
    """:param rng: random.Random; :param countries: only these; None: all of PEOPLE
    :param presentment: [(currency, rate)] some buyers see their prices in, `presentment_share` of them (0 … 1)
    :param lively: with what variety.py adds
    :return: orders.Order; buyers outside North America pay prices that contain their tax"""
    people = [p for p in PEOPLE if countries is None or p[-1] in countries]
    person = rng.choice(people)
    first, last, email, phone, street, code, city, province_code, province, country = person
    buyer = known(
        shop,
        {
            "first_name": first,
            "last_name": last,
            "email": email,
            "phone": phone,
            "address": {
                "address1": street,
                "zip": code,
                "city": city,
                "province": province,
                "province_code": province_code,
                "country": COUNTRIES[country],
                "country_code": country,
                "phone": phone,
            },
        },
    )
    variants = [v for product in shop.products for v in product.variants if not v.is_gift_card]
    stocked = [v for v in variants if not v.item.tracked or v.sellable_online_quantity > 3] or variants
    lines = []
    for variant in rng.sample(stocked, min(len(stocked), rng.choice((1, 1, 1, 2, 2, 3, 4)))):
        lines.append((variant, rng.choice((1, 1, 1, 2, 2, 3))))
    taxes, included = TAXES[country]
    # The amounts below are meant for euros and dollars; a yen is a hundredth of that.
    scale = 100 if decimals(shop.currency) == 0 else 1
    discount = variety.discount(rng, scale) if lively else _discount(rng, scale)
    ways = (("Standard", "4.90"), ("Standard", "4.90"), ("Express", "12.50"), ("Abholung", "0.00"))
    title, price = rng.choice(ways)
    shipping = (title, Decimal(price) * scale)
    tip = Decimal(rng.choice(("2.00", "3.50"))) * scale if country == "US" and rng.random() < 0.3 else None
    seen = rng.choice(presentment) if presentment and rng.random() < presentment_share else None
    wishes = variety.wishes(shop, rng, person) if lively else {"locale": country.lower()}
    return shop.place_order(
        lines,
        discount=discount,
        taxes=taxes,
        taxes_included=included,
        shipping=shipping,
        tip=tip,
        presentment=seen,
        note=rng.choice(NOTES),
        test=test,
        **{"customer": buyer, **wishes},
    )


def _discount(rng, scale):
    discount = None
    chance = rng.random()
    if chance < 0.2:
        discount = {"code": rng.choice(CODES), "percent": rng.choice((5, 10, 15, 20))}
    elif chance < 0.3:
        discount = {"code": rng.choice(CODES), "amount": Decimal(rng.choice(("5.00", "7.50"))) * scale}
    elif chance < 0.38:
        discount = {"title": "Sommerschlussverkauf", "percent": rng.choice((10, 12.5))}
    elif chance < 0.42:
        discount = {"code": "FREESHIP", "shipping": True}
    return discount

# What stock_out is made of, a subject each; the parents first. stock_check and opening_stock_in travel on the listing.
from . import components, quantities  # isort: split

from . import foreign, unanswered, underway  # isort: split

from . import listing, offer, readiness, reading

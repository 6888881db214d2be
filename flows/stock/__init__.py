# What stock_out is made of, a subject each; the parents first.
from . import components, quantities  # isort: split

from . import foreign, underway  # isort: split

from . import offer, readiness, reading

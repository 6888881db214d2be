# What stock_out is made of, a subject each.
from . import foreign, reading, underway

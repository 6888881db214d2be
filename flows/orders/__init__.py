# What orders_in is made of, a subject each; the parents first.
from . import amounts, fulfilled, lookups  # isort: split

from . import fetching, following, handover, holds, origins, values

# What orders_in is made of, a subject each; the parents first.
from . import amounts, fulfilled, handover, lookups, readdressing  # isort: split

from . import edit_plans, edit_words  # isort: split

from . import edits  # isort: split

from . import fetching, following, holds, origins, rules, unknown, values

"""How a job ends, when it did not simply end well: a small closed set, raised for a whole batch or given per job (DESIGN 4)."""


class Outcome(Exception):
    """How a job ended, when it did not simply end well. Raised for a whole batch or given per job."""

    whole_batch = False  # nothing about one job: splitting the batch to find the bad one would be in vain


class Later(Outcome):
    """Try again. `seconds` None: by the growing delays; a number: not before that.

    `counts` False: this was no attempt at all. `patient`: whatever the attempts, for PATIENCE_HOURS (Shopify may be down).
    """

    def __init__(self, why, seconds=None, *, counts=True, patient=False, whole_batch=False):
        super().__init__(why)
        self.why, self.seconds, self.counts, self.patient = why, seconds, counts, patient
        self.whole_batch = whole_batch


class NeedsPerson(Outcome):
    """Somebody decides. `cause` groups alike ones, `cause_key` names what the decision is about, `record` shows it."""

    def __init__(self, cause, why, *, cause_key=None, record=None):
        super().__init__(why)
        self.cause, self.why, self.cause_key, self.record = cause, why, cause_key, record


class Final(Outcome):
    """It will never work; nothing is to be decided."""

    def __init__(self, cause, why):
        super().__init__(why)
        self.cause, self.why = cause, why


class Done(Outcome):
    """It worked, and this is the record it produced (and a remark, where there is one)."""

    def __init__(self, record=None, note=None):
        super().__init__(note)
        self.record, self.note = record, note

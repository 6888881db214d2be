"""Orders, their lines, fulfillment orders and fulfillments, from a recording's answers into the simulator."""


def makers(loader) -> dict:
    return {}

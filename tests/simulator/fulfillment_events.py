"""What happens to a parcel on its way (fulfillmentEventCreate; recorded, FACTS 101)."""

from .nodes import Node
from .roots import mutation, snake, user_error
from .schema import utc

_PLAIN = "status message estimatedDeliveryAt city province country zip address1 latitude longitude".split()


class FulfillmentEvent(Node):
    typename = "FulfillmentEvent"

    def __init__(self, fulfillment, given):
        super().__init__(fulfillment.shop)
        self.fulfillment = fulfillment
        self.happened_at = utc(given.get("happenedAt")) or self.created_at
        for key in _PLAIN:
            setattr(self, snake(key), given.get(key))


@mutation("fulfillmentEventCreate")
def event_create(shop, *, fulfillment_event):
    fulfillment = shop.find(fulfillment_event["fulfillmentId"], "Fulfillment")
    if fulfillment is None:
        error = user_error(["fulfillmentEvent", "fulfillmentId"], "Fulfillment does not exist.")
        return {"fulfillmentEvent": None, "userErrors": [error]}
    event = FulfillmentEvent(fulfillment, fulfillment_event)
    fulfillment.happened.append(event)
    fulfillment.body["shipment_status"] = event.status.lower()
    fulfillment.touch()
    return {"fulfillmentEvent": event, "userErrors": []}

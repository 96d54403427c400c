"""Stripe for tests: localstripe, and what it lacks of what we ask of the real one.

localstripe refuses fields that it does not know, has no idempotency keys, lists all intents or none, and gives back more
than was taken. It would also listen on every address, and keep its data in a file that all its processes share.

Prints its port, and ends when its standard input does.
"""

import os
import socket
import sys
import threading

from aiohttp import web
from localstripe import resources
from localstripe.errors import UserError, json_response

Intent, Refund = resources.PaymentIntent, resources.Refund

# Nothing of a test outlives it.
resources.Store.dump_to_disk = lambda self: None

# What was taken; localstripe gives a part that is not taken back as a refund instead.
Intent.amount_received = property(lambda self: getattr(self, "_received", 0))

localstripes_create = Intent._api_create.__func__
localstripes_capture = Intent._api_capture
localstripes_refund = Refund._api_create.__func__


def create(cls, description=None, **data):
    return localstripes_create(cls, **data)


def capture(id, amount_to_capture=None, metadata=None, final_capture="true", **data):
    if final_capture != "true":
        raise UserError(400, "Received unknown parameter: final_capture", {"param": "final_capture"})
    intent = Intent._api_retrieve(id)
    if intent.status != "requires_capture":
        message = "This PaymentIntent's status is %s." % intent.status
        raise UserError(400, message, {"code": "payment_intent_unexpected_state"})
    # Before the capture, as the event that it makes is a picture of the intent.
    intent._update(metadata=metadata)
    intent._received = int(amount_to_capture or intent.amount)
    return localstripes_capture(id, amount_to_capture, **data)


def refund(cls, payment_intent=None, amount=None, **data):
    refunds = [value for value in resources.store.values() if isinstance(value, Refund)]
    given_back = sum(refund.amount for refund in refunds if refund.payment_intent == payment_intent)
    if int(amount) > Intent._api_retrieve(payment_intent).amount_received - given_back:
        raise UserError(400, "The refund is larger than what is left of the charge.")
    return localstripes_refund(cls, payment_intent=payment_intent, amount=amount, **data)


def intents(cls, url, customer=None, created=None, **page):
    found = resources.StripeObject._api_list_all.__func__(cls, url, **page)
    oldest = int((created or {}).get("gte", 0))
    newest_first = reversed(found._list)
    found._list = [i for i in newest_first if i.created >= oldest and customer in (None, i.customer)]
    return found


Intent._api_create = classmethod(create)
Intent._api_list_all = classmethod(intents)
Refund._api_create = classmethod(refund)
# The server reads these when it is imported.
resources.extra_apis[:] = [
    (method, url, capture if url == "/v1/payment_intents/{id}/capture" else function)
    for method, url, function in resources.extra_apis
]

from localstripe.server import app  # noqa: E402

answers = {}


@web.middleware
async def idempotency_keys(request, handler):
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return await handler(request)
    asked = (request.path, await request.read())
    if key not in answers:
        answers[key] = (asked, None)
        answers[key] = (asked, await handler(request))
    first, answer = answers[key]
    if first != asked:
        message = "Keys can only be used for the request that they were first used for."
        return json_response({"error": {"type": "idempotency_error", "message": message}}, status=400)
    if answer is None:
        message = "There is another request with this key."
        return json_response({"error": {"type": "idempotency_error", "message": message}}, status=409)
    return web.Response(status=answer.status, body=answer.body, content_type="application/json")


def end_with_standard_input():
    sys.stdin.buffer.read()
    os._exit(0)


app.middlewares.insert(0, idempotency_keys)
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=end_with_standard_input, daemon=True).start()
print(listener.getsockname()[1], flush=True)
web.run_app(app, sock=listener, print=None, access_log=None)

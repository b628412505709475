"""The market: a Django project that speaks the Mechanical Turk requester API."""

"""AWS JSON 1.1 as the requester API speaks it: parameters, errors, pages, structures."""

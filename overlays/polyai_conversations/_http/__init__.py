"""One HTTP call: settings, request, retries, response, errors."""

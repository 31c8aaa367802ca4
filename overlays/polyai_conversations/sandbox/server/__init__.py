"""The API over HTTP: an ASGI application and the thread that serves it."""

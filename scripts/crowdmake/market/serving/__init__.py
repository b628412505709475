"""The market over HTTP: processes, signed requests, keys, files."""

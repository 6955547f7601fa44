"""The server process: sockets, errors, security headers, metrics."""

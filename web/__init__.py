"""The web pages and the JSON API of one home.

`create_app` makes the WSGI application, `serve` runs it with several processes.
"""

from web.app import create_app, serve

__all__ = ["create_app", "serve"]

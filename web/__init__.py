"""The web page and the JSON API, for people and programs that search one home.

`create_app` makes the WSGI application, `serve` runs it with several processes.
"""

from web.app import create_app
from web.serving.server import serve

__all__ = ["create_app", "serve"]

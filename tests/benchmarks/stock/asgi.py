# mypy: allow-untyped-calls
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.stock.settings")
http = get_asgi_application()

from tests.benchmarks.stock.consumers import (  # noqa: E402
    RunnerConsumer,
    ViewerConsumer,
)

routes = [
    path("ws/", ViewerConsumer.as_asgi()),
    path("runner/", RunnerConsumer.as_asgi()),
]
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(routes)})

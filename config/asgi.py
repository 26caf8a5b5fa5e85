import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from prometheus_client import REGISTRY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()  # loads the models, which the imports below need

from sessions_app.delivery.consumers import Consumer  # noqa: E402
from sessions_app.delivery.feed import Feed  # noqa: E402
from sessions_app.delivery.guard import Guard  # noqa: E402
from sessions_app.delivery.lifespan import Lifespan  # noqa: E402
from sessions_app.delivery.session_list import SessionList  # noqa: E402
from sessions_app.operations.census import Census  # noqa: E402
from sessions_app.operations.probes import Probes  # noqa: E402
from sessions_app.operations.readiness import Readiness  # noqa: E402
from sessions_app.operations.upkeep import Upkeep  # noqa: E402
from sessions_app.operations.web_collector import WebCollector  # noqa: E402
from sessions_app.people.origin import SameOrigin  # noqa: E402

feed = Feed()
session_list = SessionList(feed.reader)
guard = Guard(feed.reader)
readiness = Readiness(feed)
upkeep = Upkeep(feed.reader, Census(feed, guard))
consumer = Consumer(feed, session_list, guard, upkeep.start)
REGISTRY.register(WebCollector(feed, consumer))
application = ProtocolTypeRouter(
    {
        "http": Probes(http, readiness),
        "websocket": SameOrigin(AuthMiddlewareStack(consumer)),
        "lifespan": Lifespan(
            upkeep.close, guard.close, session_list.close, readiness.close, feed.close
        ),
    }
)

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from prometheus_client import REGISTRY

# Overrides the environment, which may name another project's settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
http = get_asgi_application()  # loads the models, which the imports below need

from sessions_app.delivery.ag_ui.door import AgUiDoor
from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.delivery.connection.guard import Guard
from sessions_app.delivery.connection.session_list import SessionList
from sessions_app.delivery.durable_stream.door import DurableStreamDoor
from sessions_app.delivery.event_stream.door import EventStreamDoor
from sessions_app.delivery.feed.feed import Feed
from sessions_app.delivery.server.admission import Admission
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.lifespan import Lifespan
from sessions_app.delivery.server.socket_admission import SocketAdmission
from sessions_app.delivery.whole_log.door import WholeLogDoor
from sessions_app.delivery.whole_log.whole_log import WholeLog
from sessions_app.log.database.reader import Reader
from sessions_app.mcp.door import McpDoor
from sessions_app.operations.health.probes import Probes
from sessions_app.operations.health.readiness import Readiness
from sessions_app.operations.upkeep import Upkeep
from sessions_app.operations.viewer_counts import ViewerCounts
from sessions_app.operations.web_collector import WebCollector
from sessions_app.pages.middleware.root_only import RootOnly
from sessions_app.people.origin import SameOrigin

feed = Feed()
# The list and the guard have readers of their own, so that many list requests delay
# neither the viewers of sessions nor the guard's closing of signed-out connections.
list_reader, guard_reader = Reader(1), Reader(1)
session_list = SessionList(list_reader)
guard = Guard(guard_reader)
database = DatabaseCheck()
admission = Admission(http, database)
readiness = Readiness(feed)
streams = EventStreamDoor(admission, feed, guard, database)
whole_log = WholeLog()
whole_streams = WholeLogDoor(AgUiDoor(streams), streams, whole_log)
doors = DurableStreamDoor(whole_streams, streams)
mcp = McpDoor(doors, doors)
viewer_counts = ViewerCounts(feed, guard, lambda: consumer.looked_at())
upkeep = Upkeep(feed.reader, viewer_counts)
consumer: Consumer = Consumer(feed, session_list, guard, upkeep.start)
sockets = SocketAdmission(AuthMiddlewareStack(consumer), database)
REGISTRY.register(WebCollector(feed, consumer))
application = ProtocolTypeRouter(
    {
        "http": Probes(RootOnly(mcp), readiness),
        "websocket": SameOrigin(sockets),
        "lifespan": Lifespan(
            upkeep.start,
            mcp.close,
            admission.close,
            database.close,
            streams.close,
            whole_log.close,
            upkeep.close,
            guard.close,
            session_list.close,
            list_reader.close,
            guard_reader.close,
            readiness.close,
            feed.close,
        ),
    }
)

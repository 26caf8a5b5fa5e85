"""The private parts of daphne, autobahn and twisted that our WebSockets lean on.

An update that renames one of them would break back-pressure or acks, not the import:
this test names what is gone. The upper bounds in pyproject.toml keep such an update
from coming by itself.
"""

import ast
import inspect
import re
import tomllib
from importlib.metadata import version
from types import ModuleType

import pytest
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from packaging.requirements import Requirement
from twisted.internet.tcp import Connection
from twisted.web.http import HTTPChannel

from sessions_app.delivery.server import (
    daphne_socket,
    http_channel,
    http_request,
    server,
)
from tests.servers.process import ROOT

# Methods by the class that has them, with the parameters they are called with.
METHODS = {
    WebSocketProtocol: {
        "_dataReceived": ["data"],
        "processData": [],
        "sendCloseFrame": ["code", "reasonUtf8", "isReply"],
        "onPing": ["payload"],
        "sendData": ["data", "sync", "chopsize"],
        "dropConnection": ["abort"],
    },
    WebSocketServerProtocol: {
        "sendHttpErrorResponse": ["code", "reason", "responseHeaders"],
    },
    Connection: {
        "writeSomeData": ["data"],
        "write": ["bytes"],
        "pauseProducing": [],
        "registerProducer": ["producer", "streaming"],
        "unregisterProducer": [],
    },
    DaphneProtocol: {
        "onConnect": ["request"],
        "onOpen": [],
        "handle_reply": ["message"],
    },
    WebRequest: {
        "gotLength": ["length"],
        "handleContentChunk": ["data"],
        "process": [],
        "handle_reply": ["message"],
        "finish": [],
        "connectionLost": ["reason"],
        "registerProducer": ["producer", "streaming"],
        "unregisterProducer": [],
    },
    HTTPChannel: {
        "connectionMade": [],
        "allHeadersReceived": [],
        "allContentReceived": [],
        "requestDone": ["request"],
        "connectionLost": ["reason"],
        "loseConnection": [],
    },
    HTTPFactory: {"buildProtocol": ["addr"]},
    Server: {
        "handle_reply": ["protocol", "message"],
        "create_application": ["protocol", "scope"],
        "kill_all_applications": [],
        "listen_success": ["port"],
        "listen_error": ["failure"],
        "stop": [],
        "protocol_disconnected": ["protocol"],
    },
}
# Attributes that these modules set or read; a class sets them in its methods.
ATTRIBUTES = {
    WebSocketProtocol: [
        "STATE_OPEN", "autoPingTimeoutCall", "current_frame", "data", "inside_message",
        "state",
    ],
    DaphneProtocol: ["handshake_deferred", "last_ping", "muted", "server"],
    Connection: ["_tempDataBuffer", "dataBuffer", "disconnecting"],
    Server: [
        "application", "connections", "http_factory", "listening_addresses",
        "ws_factory",
    ],
    WebRequest: [
        "content", "finished", "requestHeaders", "responseHeaders", "channel",
        "_disconnected",
    ],
    HTTPChannel: ["_networkProducer", "requests"],
    HTTPFactory: ["protocol"],
    WebSocketFactory: ["server_class"],
}  # fmt: skip


THEIRS = {"self", "self._protocol", "transport", "super()"}


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [(owner, *one) for owner, methods in METHODS.items() for one in methods.items()],
)
def test_a_method_is_called_as_it_is_defined(
    owner: type, name: str, parameters: list[str]
) -> None:
    method = getattr(owner, name, None)
    assert callable(method), f"{owner.__qualname__} has no {name} any more"
    found = [one for one in inspect.signature(method).parameters if one != "self"]
    assert found == parameters


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in ATTRIBUTES.items() for name in names],
)
def test_an_attribute_is_still_there(owner: type, name: str) -> None:
    sources = "".join(
        inspect.getsource(one) for one in owner.__mro__ if one is not object
    )
    pattern = rf"(self\.|^\s+){name}\b"
    assert re.search(pattern, sources, re.MULTILINE), f"{owner.__qualname__}.{name}"


@pytest.mark.parametrize("module", [daphne_socket, http_channel, http_request, server])
def test_whatever_is_used_of_them_is_named_here(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    named = {one for methods in METHODS.values() for one in methods}
    named |= {one for attributes in ATTRIBUTES.values() for one in attributes}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value)
        in {"self", "self._protocol", "transport", "super()"}
    }
    assert used - named - _own(tree) == set()


def _own(tree: ast.Module) -> set[str]:
    """Name what the module defines itself, or sets."""
    own = {"__init__", "transport"}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            own.add(node.attr)
        elif isinstance(node, ast.AnnAssign):
            own.add(ast.unparse(node.target))
    return own


def test_websockets_are_of_autobahn_for_twisted() -> None:
    assert issubclass(DaphneProtocol, WebSocketServerProtocol)
    assert issubclass(daphne_socket.Protocol, WebSocketProtocol)


@pytest.mark.parametrize("package", ["autobahn", "daphne", "twisted"])
def test_an_update_that_may_rename_them_does_not_come_by_itself(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    read = [Requirement(one) for one in project["dependencies"]]
    (bound,) = [one.specifier for one in read if one.name == package]
    assert any(one.operator == "<" for one in bound)
    assert bound.contains(version(package))

from sessions_app.protocol.engine_kind import EngineKind

ECHO = EngineKind(
    name="echo",
    label="Echo",
    path="tests.runners.engines.echo.engine.EchoEngine",
    is_queued=True,
    takes_messages=True,
    has_budget=False,
)

from functools import partial

from sessions_app.protocol.commands import Prompt
from tests.faults.arena import INTERRUPTED_WITHIN_S, Arena
from tests.servers.process import until


def test_a_killed_server_loses_nothing(arena: Arena) -> None:
    session = arena.endless()
    early = arena.watch(session)
    early.streams(session)
    arena.server.process.kill()
    arena.grows(session)  # the runner does not care
    arena.restart_server()
    late = arena.watch(session)
    for watcher in (early, late):
        watcher.streams(session)
    arena.stop(session)
    arena.assert_all_saw(session)
    assert early.connections == 2


def test_server_and_runner_killed_at_once_lose_nothing(arena: Arena) -> None:
    sessions = [arena.stream(tokens=800, rate=200), arena.endless()]
    watcher = arena.watch(*sessions)
    for session in sessions:
        watcher.streams(session)
    arena.server.process.kill()
    arena.runner.kill()
    texts = [watcher.view(session).text for session in sessions]
    arena.start_runner()
    arena.restart_server()
    for session in sessions:
        arena.sessions.await_rest(session, "interrupted", within=INTERRUPTED_WITHIN_S)
        arena.assert_all_saw(session)
    for session, text in zip(sessions, texts, strict=True):
        assert watcher.view(session).text.startswith(text)
    arena.sessions.tell(sessions[0], Prompt(text="go on"))
    arena.sessions.await_rest(sessions[0], "completed")
    arena.assert_all_saw(sessions[0])


def test_a_runner_killed_with_no_other_left_is_missed_by_the_server(
    arena: Arena,
) -> None:
    session = arena.endless()
    arena.watch(session).streams(session)
    arena.runner.kill()
    arena.sessions.await_rest(session, "interrupted", within=INTERRUPTED_WITHIN_S)
    arena.assert_all_saw(session)
    arena.start_runner()


def test_cut_sockets_lose_nothing(arena: Arena) -> None:
    session = arena.endless()
    proxy = arena.proxy()
    watcher = arena.watch(session, url=proxy.websocket_url)
    for times in range(1, 4):
        watcher.streams(session)
        proxy.cut()
        until(partial(watcher.has_come, times + 1))
    arena.stop(session)
    arena.assert_all_saw(session)

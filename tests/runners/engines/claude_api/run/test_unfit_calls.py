from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    Error,
    ToolResult,
)
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text, tool


async def test_calls_that_cannot_be_run_are_answered(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "teleport", to="Mars"),
            tool("b", "bash", command=7),
            tool("c", "bash", cmd="ls"),
            tool("d", "read_file", path="no/such/file"),
            tool("e", "read_file", path="/etc/passwd"),
        ),
        reply(text("Oh.")),
    )
    await host.run("Go")
    outputs = {result.tool_use_id: result.output for result in host.of(ToolResult)}
    assert all(result.is_error for result in host.of(ToolResult))
    assert "no tool 'teleport'" in outputs["a"]
    assert "command" in outputs["b"]
    assert "cmd" in outputs["c"]
    assert outputs["d"] == "no: No such file or directory"
    assert "outside the working directory" in outputs["e"]


async def test_a_working_directory_that_is_gone_is_said_in_a_sentence(
    host: ListedHost, simulator: Simulator
) -> None:
    root = host.workdir.root
    simulator.answer_next(
        reply(
            tool("a", "bash", command='rm -r "$PWD"'),
            tool("b", "bash", command="ls"),
            tool("c", "read_file", path="a.txt"),
            tool("d", "write_file", path="a.txt", content="x"),
            tool("e", "grep", pattern="x"),
            tool("f", "glob", pattern="*"),
        ),
        reply(text("Oh.")),
    )
    await host.run("Go")
    outputs = {result.tool_use_id: result.output for result in host.of(ToolResult)}
    said = f"The working directory {root} is gone: no tool works until it is back"
    assert {outputs[call] for call in "bcdef"} == {said}


async def test_a_call_cut_by_max_tokens_is_not_run_and_the_others_are(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one"),
            tool("b", "bash", command="touch cut"),
            stop="max_tokens",
        ),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).status == "success"
    first, cut = sorted(host.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (first.output, first.is_error) == ("one", False)
    assert cut.is_error
    assert not (host.workdir.root / "cut").exists()


async def test_calls_broken_again_and_again_end_the_run(
    host: ListedHost, simulator: Simulator
) -> None:
    cut = [tool("a", "bash", command="ls")]
    simulator.answer_next(*[reply(*cut, stop="max_tokens")] * 3)
    assert (await host.run("Go")).status == "error"
    assert [error.code for error in host.of(Error)] == ["broken_calls"]
    assert len(simulator.requests) == 3

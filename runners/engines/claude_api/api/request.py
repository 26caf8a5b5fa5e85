from pathlib import Path

from runners.engines.claude_api.api.cache import marked_messages, marked_system
from runners.engines.claude_api.api.system_prompt import system_prompt
from runners.engines.claude_api.options import Options
from runners.engines.claude_api.toolbox import definitions
from runners.port.model_table import known_model
from sessions_app.protocol.wire import Json


def build_request(messages: list[Json], workdir: Path, options: Options) -> Json:
    """Build one request to the Messages API; `messages` is not changed."""
    request: Json = {
        "model": options.model,
        "max_tokens": options.max_tokens,
        "system": marked_system(system_prompt(workdir, options)),
        "tools": definitions(options),
        "messages": marked_messages(messages),
    }
    if known_model(options.model).is_adaptive:
        request["thinking"] = _thinking(options)
    if options.effort:
        request["output_config"] = {"effort": options.effort}
    return request


def _thinking(options: Options) -> Json:
    if not options.thinking:
        return {"type": "disabled"}
    # Newer models omit the text of their thinking unless the request asks for it.
    return {"type": "adaptive", "display": "summarized"}

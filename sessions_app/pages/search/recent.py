from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlencode

from sessions_app.history.search.filters import NAMES

KEY = "searches"  # in the signed-in session: what a person has searched for lately
KEPT = 8
ASKED = ("q", *NAMES, "within")


def remember(session: MutableMapping[str, Any], asked: Mapping[str, str]) -> None:
    """Put a search that has found something before the former ones."""
    said = {name: asked[name].strip() for name in ASKED if asked.get(name, "").strip()}
    former = session.get(KEY, [])
    searches = [said, *(one for one in former if one != said)][:KEPT]
    if searches != former:
        session[KEY] = searches


def recent_searches(session: MutableMapping[str, Any]) -> list[tuple[str, str]]:
    """Return (query string, words) of the searches made last."""
    former: list[dict[str, str]] = session.get(KEY, [])
    return [(urlencode(said), " · ".join(said.values())) for said in former]

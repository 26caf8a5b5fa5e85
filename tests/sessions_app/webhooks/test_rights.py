import pytest

from sessions_app.models import AgentSession
from sessions_app.webhooks.endpoints import add_endpoint
from sessions_app.webhooks.news import active_endpoints, may_hear
from sessions_app.webhooks.occasion import Occasion
from tests.sessions_app.test_doors import ID, ROWS, Person

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.mark.parametrize("who", ROWS)
def test_webhooks_tell_whom_the_table_of_doors_says(who: str) -> None:
    person = Person(who)
    if person.user is not None:
        url = "https://a.example/"
        add_endpoint(person.user, "standard", url, list(Occasion), of_all=True)
    session = AgentSession.objects.get(pk=ID)
    told = any(may_hear(endpoint, session) for endpoint in active_endpoints())
    assert ("yes" if told else "no") == ROWS[who]["webhook"]

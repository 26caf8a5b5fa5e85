from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from sessions_app.operations.viewer_counts import count_viewers


class SessionChangeList(ChangeList):
    """A page of sessions, each with its number of viewers."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        sessions = list(self.result_list)
        viewers = count_viewers([session.pk for session in sessions])
        for session in sessions:
            session.viewers = viewers[session.pk]
        self.result_list = sessions

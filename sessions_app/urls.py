from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from sessions_app.api.changes import session_changes
from sessions_app.api.events import session_events
from sessions_app.api.inbox import inbox_asks
from sessions_app.api.labels import session_archive, session_tag
from sessions_app.api.notifications.answers import push_answer
from sessions_app.api.notifications.mute import session_mute
from sessions_app.api.notifications.subscriptions import push_subscription
from sessions_app.api.outputs import session_image, session_output
from sessions_app.api.sessions import list_rows, session_family
from sessions_app.api.v1.api import api
from sessions_app.api.workdirs import session_files, workdirs
from sessions_app.history.export.formats import FORMATS
from sessions_app.pages.api_page import api_page
from sessions_app.pages.app_shell import manifest, offline_page, service_worker
from sessions_app.pages.continue_view import session_continue
from sessions_app.pages.diagram_frame import diagram_frame
from sessions_app.pages.export_view import session_export
from sessions_app.pages.notifications.notifications_page import NotificationsView
from sessions_app.pages.search.saved import saved_search
from sessions_app.pages.search.search_page import search_page
from sessions_app.pages.share_views import ShareView, share_link
from sessions_app.pages.signin_views import SigninLinkView
from sessions_app.pages.style.style_page import style_page
from sessions_app.pages.transcript_view import transcript_page
from sessions_app.pages.views import (
    inbox_page,
    session_detail,
    session_list,
    session_start,
    wall_page,
)

urlpatterns = [
    path("", session_list, name="session_list"),
    path("api/v1/", api.urls),
    path("api/", api_page, name="api_page"),
    path("inbox/", inbox_page, name="inbox"),
    path("inbox/asks", inbox_asks, name="inbox_asks"),
    path("wall/", wall_page, name="wall"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service_worker"),
    path("offline/", offline_page, name="offline"),
    path("style/", style_page, name="style"),
    path("notifications/", NotificationsView.as_view(), name="notifications"),
    path("notifications/browser", push_subscription, name="push_subscription"),
    path("notifications/answer", push_answer, name="push_answer"),
    path("workdirs", workdirs, name="workdirs"),
    path("sessions/", session_start, name="session_start"),
    path("sessions/list", list_rows, name="list_rows"),
    path("sessions/<slug:session_id>/", session_detail, name="session_detail"),
    path(
        "sessions/<slug:session_id>/continue", session_continue, name="session_continue"
    ),
    path("sessions/<slug:session_id>/changes", session_changes, name="session_changes"),
    path("sessions/<slug:session_id>/events", session_events, name="session_events"),
    path(
        "sessions/<slug:session_id>/outputs/<slug:output_id>",
        session_output,
        name="session_output",
    ),
    path(
        "sessions/<slug:session_id>/outputs/<slug:output_id>/image",
        session_image,
        name="session_image",
    ),
    path("sessions/<slug:session_id>/family", session_family, name="session_family"),
    path("sessions/<slug:session_id>/files", session_files, name="session_files"),
    path("sessions/<slug:session_id>/tags/<str:name>", session_tag, name="session_tag"),
    path("sessions/<slug:session_id>/mute", session_mute, name="session_mute"),
    path("sessions/<slug:session_id>/archive", session_archive, name="session_archive"),
    path("sessions/<slug:session_id>/transcript/", transcript_page, name="transcript"),
    path(
        "sessions/<slug:session_id>/share/", ShareView.as_view(), name="session_share"
    ),
    *(
        path(
            f"sessions/<slug:session_id>/export.{form}",
            session_export,
            {"form": form},
            name=f"session_export_{form}",
        )
        for form in FORMATS
    ),
    path("diagram/", diagram_frame, name="diagram_frame"),
    path("search/saved", saved_search, name="saved_search"),
    path("search/", search_page, name="search"),
    path("share/<slug:token>/", share_link, name="share_link"),
    path(
        "signin/",
        LoginView.as_view(
            template_name="sessions_app/login.html", redirect_authenticated_user=True
        ),
        name="login",
    ),
    path("signin/<slug:token>/", SigninLinkView.as_view(), name="signin_link"),
    path("signout/", LogoutView.as_view(), name="logout"),
]

from django.contrib import admin
from django.urls import include, path

admin.autodiscover()
handler500 = "sessions_app.pages.middleware.database_unavailable.failed"
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("sessions_app.urls")),
]

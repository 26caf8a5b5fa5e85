from django.contrib.admin.apps import AdminConfig


class RingsideAdminConfig(AdminConfig):
    default_site = "sessions_app.admin_site.RingsideAdminSite"

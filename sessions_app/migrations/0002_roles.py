from typing import Any

from django.conf import settings
from django.db import migrations

GROUPS = ("viewer", "operator", "admin")


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Create a group for each role; existing users keep the rights that they had."""
    Group = apps.get_model("auth", "Group")
    User = apps.get_model("auth", "User")
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in GROUPS}
    for user in User.objects.filter(is_superuser=False, groups=None):
        user.groups.add(groups["operator"])


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sessions_app", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]

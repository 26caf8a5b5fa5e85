from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class DeletesAlong(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stub alone
    """An admin whose rows take others with them, which nobody may delete one by one.

    Django would refuse the deletion for want of a permission that nobody has.
    """

    goes_along: tuple[type[Model], ...] = ()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        lacking -= {model._meta.verbose_name for model in self.goes_along}
        return deleted, counts, lacking, protected

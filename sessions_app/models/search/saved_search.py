from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class SavedSearch(models.Model):
    """A search that a person keeps: the query of its address, and what it is called."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=4000)  # urlencoded, its names in one order
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("user", "query"), name="saved_search_once"),
        )
        verbose_name_plural = "saved searches"

    def __str__(self) -> str:
        return self.name

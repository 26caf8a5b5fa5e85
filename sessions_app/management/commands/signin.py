from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.people import signin
from sessions_app.people.names import same_but_for_case
from sessions_app.people.public_url import public_url
from sessions_app.people.roles import BY_GROUP, Role, assign

FIRST_USER = "admin"
NEW_USER = Role.OPERATOR


class Command(DatabaseCommand):
    help = "Print a link that signs a user in once. The first user is a superuser."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "user",
            nargs="?",
            help=f"default: the only superuser; on the first run, {FIRST_USER}",
        )
        parser.add_argument(
            "--create", action="store_true", help="create the user if missing"
        )
        parser.add_argument(
            "--role",
            choices=list(BY_GROUP),
            help=f"give the user this role; default for a new one: {NEW_USER.group}",
        )
        parser.add_argument(
            "--base-url", default=public_url(), help="default: %(default)s"
        )

    def handle(
        self,
        *args: Any,
        user: str | None,
        create: bool,
        role: str | None,
        base_url: str,
        **options: Any,
    ) -> None:
        if not _is_web_address(base_url):
            raise CommandError(
                f"--base-url: {base_url} is not an http:// or https:// URL."
            )
        if urlsplit(base_url).path.strip("/"):
            raise CommandError(
                f"--base-url: {base_url} has a path, but Ringside must be at the "
                "root of a host. Give it a host name of its own."
            )
        person = _person(user, create)
        if role is not None:
            assign(person, BY_GROUP[role])
        if not person.is_active:
            raise CommandError(f"{person} is not active: activate them in the admin.")
        path = signin.signin_address(signin.mint(person))
        minutes = settings.SIGNIN_LINK_MAX_AGE_S // 60
        self.stderr.write(f"Signs {person} in, once, within {minutes} minutes:", str)
        self.stdout.write(base_url.rstrip("/") + path)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_address = bool(parts.hostname) and parts.port != 0
        return parts.scheme in {"http", "https"} and is_address
    except ValueError:  # malformed brackets or port
        return False


def _person(name: str | None, create: bool) -> User:
    if not User.objects.exists():
        return _first_user(name or FIRST_USER)
    if name is None:
        return _only_superuser()
    person = User.objects.filter(username=name).first()
    if person is None and not create:
        raise CommandError(f"There is no user {name}: add --create to create one.")
    return person or _new_user(name)


def _new_user(name: str) -> User:
    if alike := same_but_for_case(name):
        raise CommandError(
            f"There is a user {alike} already: names must differ in more than case."
        )
    person = User.objects.create_user(_valid(name))
    assign(person, NEW_USER)
    return person


def _first_user(name: str) -> User:
    # No password: the user signs in by link only, until they set one.
    return User.objects.create_superuser(_valid(name))


def _only_superuser() -> User:
    names = User.objects.filter(is_superuser=True, is_active=True)
    if len(names) != 1:
        listed = ", ".join(map(str, names)) or "none"
        raise CommandError(
            f"Name the user: manage.py signin USER (superusers: {listed})."
        )
    return names[0]


def _valid(name: str) -> str:
    try:
        return str(User._meta.get_field("username").clean(name, None))
    except ValidationError as error:
        raise CommandError(
            f"{name!r} is not a valid user name: {error.messages[0]}"
        ) from None

from argparse import ArgumentTypeError
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from sessions_app.models import ApiToken
from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.people.api_tokens import Scope, issue

DAYS = 90
DAYS_MAX = 3650


class Command(DatabaseCommand):
    help = "Make, list and revoke the tokens with which programs use the API."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        create = acts.add_parser("create", help="print a new token, once")
        create.add_argument("name", help="what it is for")
        create.add_argument("--user", help="default: the only superuser")
        create.add_argument(
            "--scope",
            action="append",
            choices=list(Scope),
            help=f"what it may do; may be given again; default: {Scope.READ}",
        )
        create.add_argument(
            "--days",
            type=_days,
            default=DAYS,
            help=f"how long it works, 1 to {DAYS_MAX}; 0: until it is revoked; "
            "default: %(default)s",
        )
        acts.add_parser("list", help="list the tokens that work")
        revoke = acts.add_parser("revoke", help="end a token, at once")
        revoke.add_argument("id", type=int, help="its number, as `list` prints it")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "create":
            self._create(**options)
        elif act == "list":
            self._list()
        else:
            self._revoke(options["id"])

    def _create(
        self,
        name: str,
        user: str | None,
        scope: list[str] | None,
        days: int,
        **options: Any,
    ) -> None:
        owner = _user(user)
        scopes = {Scope(each) for each in scope or [Scope.READ]}
        token = issue(owner, name, scopes, days or None)
        may = ", ".join(sorted(scopes))
        until = f"for {days} days" if days else "until it is revoked"
        self.stderr.write(f"A token of {owner} that may {may}, {until}:", str)
        self.stdout.write(token)

    def _list(self) -> None:
        for token in ApiToken.objects.live().select_related("user"):
            until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else ""
            used = token.last_used_at
            last = f"last used {used:%Y-%m-%d %H:%M}" if used else "never used"
            columns = (token.pk, token.user, token.name, token.scopes, until, last)
            self.stdout.write("\t".join(map(str, columns)))

    def _revoke(self, number: int) -> None:
        tokens = ApiToken.objects.live().filter(pk=number)
        if not tokens.update(revoked_at=timezone.now()):
            raise CommandError(f"No token {number} works: see `ringside token list`.")
        self.stdout.write(f"Token {number} is revoked.")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:6]) > DAYS_MAX:
        raise ArgumentTypeError(f"expected 0 to {DAYS_MAX} days, not {text}")
    return int(text)


def _user(name: str | None) -> User:
    if name is not None:
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {name}.")
        return user
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    if len(superusers) != 1:
        listed = ", ".join(map(str, superusers)) or "none"
        raise CommandError(f"Say whose: --user NAME (superusers: {listed}).")
    return superusers[0]

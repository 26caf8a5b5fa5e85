from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from runners.cli.create import find_owner
from runners.cli.rules import GivenRules
from runners.port.errors import RunFailed
from runners.records.rulebook import forget_rules, remember_rules, rules_in
from sessions_app.operations.database_command import DatabaseCommand

ENV_HELP = "a variable that commands get, such as MYAPP_*; may be repeated"


class Command(DatabaseCommand):
    help = "List, add and remove the permission rules and variables of a directory."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("workdir", nargs="?", default=".", help="default: the current directory")
        add("--allow", action="append", default=[], metavar="RULE")
        add("--deny", action="append", default=[], metavar="RULE")
        add("--env", action="append", default=[], metavar="NAME", help=ENV_HELP)
        add("--forget", action="append", default=[], metavar="RULE")
        add(
            "--owner",
            default="",
            metavar="USER",
            help="the user recorded as their author",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workdir = str(Path(options["workdir"]).resolve())
        try:
            given = GivenRules.parse(options["allow"], options["deny"], options["env"])
            by = find_owner(options["owner"])
        except RunFailed as error:
            raise CommandError(str(error)) from None
        if options["forget"] and not forget_rules(workdir, options["forget"]):
            raise CommandError(f"--forget: {workdir} has no such rule")
        remember_rules(workdir, given.allow, given.deny, by, given.env)
        for rule in rules_in(workdir):
            self.stdout.write(f"{rule.kind:5} {rule.rule}")

"""`hybrid-router`: the group of commands, and the exit codes they share."""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from router import __version__
from router.cli.exit_codes import ExitCode
from router.errors import ConfigInvalid, InvalidJson, RouterError, ServiceUnreachable, StoreUnavailable
from router.visible import visible, visible_lines

COMMANDS = {
    "up": ("router.cli.up", "up", "Everything on one machine: Valkey, router, local Braze."),
    "serve": ("router.cli.serve", "serve", "Gateway, admin API and delivery in one process, for production."),
    "worker": ("router.cli.worker", "worker", "Delivery alone, beside other processes on the same store."),
    "simulate": ("router.cli.simulate", "simulate", "Decide and transform recorded events; never sends."),
    "explain": ("router.cli.explain", "explain", "One event: every step, rule, config path and value seen."),
    "transform": ("router.cli.transform", "transform", "RudderStack events to Braze requests, as JSON lines."),
    "device-calls": (
        "router.cli.device_calls",
        "device_calls",
        "What one RudderStack SDK would call on the Braze SDK.",
    ),
    "test": ("router.cli.test", "test", "Policy suites: what is expected of a connection, checked offline."),
    "schema": ("router.cli.schema", "schema", "JSON Schemas of suites and connection files, for editors."),
    "lint": ("router.cli.lint", "lint", "Findings about a connection file, and how to fix them."),
    "matrix": ("router.cli.matrix", "matrix", "Every decision of a connection file, or what changes between two."),
    "prove": ("router.cli.prove", "prove", "A claim about a connection file, proved by trying every event."),
    "plan": ("router.cli.plan", "plan", "What a mode switch would do to recorded traffic: lost, doubled, moved."),
    "record": ("router.cli.record", "record", "Sample live traffic into a masked fixture."),
    "import": ("router.cli.import_", "import_", "RudderStack's own config formats to a connection file."),
    "send": ("router.cli.send", "send", "Send recorded events to a gateway."),
    "check": ("router.cli.check", "check", "Ask Braze whether key, permissions and data centre fit."),
    "admin": ("router.cli.admin.group", "admin", "Look after a running router."),
    "partitions": ("router.cli.partitions", "partitions", "Raise the number of partitions of a stopped installation."),
    "bench": ("router.cli.bench", "bench", "Measure this machine."),
    "braze-simulator": ("router.cli.braze_simulator", "braze_simulator", "A local Braze."),
}
"""Name → (module, object, one line for the list). Modules load on use: `--help` stays fast."""

_FOR_DEVELOPERS = {"docs": ("router.cli.docs", "docs", "Write the generated pages of docs/.")}

_QUOTING = {"test", "prove"}
"""Commands whose files hold no secrets but a connection's, which are masked: what is wrong in them is quoted."""


class Commands(click.Group):
    """Imports a command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name) or _FOR_DEVELOPERS.get(cmd_name)
        if found is None:
            return None
        module, name, _ = found
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Example: hybrid-router up --demo",
)
@click.version_option(__version__, prog_name="hybrid-router")
def cli() -> None:
    """Decide, deliver, simulate and switch the path of RudderStack events to Braze."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        result = cli.main(
            args=list(arguments) if arguments is not None else None,
            standalone_mode=False,
            color=False if os.environ.get("NO_COLOR") else None,  # rich asks by itself, click does not
        )
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.UsageError as error:
        _show(error)
        return ExitCode.USAGE
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except ConfigInvalid as error:
        command = (sys.argv[1:] if arguments is None else arguments)[:1]
        return _fail_invalid(error) if {*command} & _QUOTING else _fail(str(error), ExitCode.INVALID)
    except InvalidJson as error:
        return _fail(str(error), ExitCode.USAGE)
    except (ServiceUnreachable, StoreUnavailable) as error:
        return _fail(str(error), ExitCode.UNREACHABLE)
    except RouterError as error:
        return _fail(str(error), ExitCode.USAGE)
    except SystemExit as closed:  # click's own answer to a reader that went away, as in `… | head -1`
        return ExitCode.OK if closed.code == 1 else ExitCode.INTERNAL
    except OSError as error:
        return _fail(f"{error.strerror or error}" + (f": `{error.filename}`" if error.filename else ""), ExitCode.USAGE)
    return result if isinstance(result, int) else ExitCode.OK


def run() -> None:
    """Entry point of the console script; a defect of ours exits with 70."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that cannot show a character must not end the command
    try:
        code = main()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 - the last resort of the program: show it, exit with its own code
        import traceback

        traceback.print_exc()
        code = ExitCode.INTERNAL
    sys.exit(code)


def _fail(message: str, code: ExitCode) -> int:
    click.echo("\n".join(f"error: {visible(line)}" for line in message.split("\n")), err=True)
    return code


def _show(error: click.ClickException) -> None:
    """As click shows it; what it quotes may come from a client."""
    shown = io.StringIO()
    error.show(shown)
    click.echo(visible_lines(shown.getvalue()), nl=False, err=True)


def _fail_invalid(invalid: ConfigInvalid) -> int:
    """Every problem with its line quoted as `lint` does, secrets masked."""
    from router.lint.linting import from_problems
    from router.lint.reading_rules import INVALID
    from router.lint.reports.text import quoted

    for problem, found in zip(invalid.problems, from_problems(invalid.problems, INVALID), strict=True):
        _fail(str(problem), ExitCode.INVALID)
        for line in quoted(found):
            click.echo(line, err=True)
    return ExitCode.INVALID


if __name__ == "__main__":
    run()

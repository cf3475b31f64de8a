"""The command line's frame: options that every verb has, errors as one sentence, exit codes."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from crosscase import __version__
from crosscase.errors import CrosscaseError

OK, PROBLEMS, MISUSE = 0, 1, 2

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Theory-driven comparative case studies: from transcripts to evidenced ideal types.",
)

StudyArgument = Annotated[
    str, typer.Argument(metavar="[STUDY]", help="study folder or .crosscase file", show_default=True)
]
StudyOption = Annotated[str, typer.Option("--study", "-s", help="study folder or .crosscase file")]
JsonOption = Annotated[bool, typer.Option("--json", help="print the result as JSON")]
ReasonOption = Annotated[str, typer.Option(help="why; it is logged")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crosscase {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show the whole traceback of an error")] = False,
) -> None:
    del version, debug  # --debug is read in main(), so that it works before and after the verb


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 ok, 1 problems found, 2 misuse or refused input)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        code = typer.main.get_command(app).main(words or ["--help"], prog_name="crosscase", standalone_mode=False)
        return int(code or OK)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return _fail("stopped — nothing more was changed")
    except typer.TyperException as error:
        context: typer.Context | None = getattr(error, "ctx", None)
        verb = context.command_path if context else "crosscase"
        return _fail(f"{error.format_message().rstrip('.')} — {verb} — see `{verb} --help`")
    except CrosscaseError as error:
        if debug:
            traceback.print_exc()
        return _fail(str(error))
    except BrokenPipeError:
        # The reader of our output has gone (`crosscase … | head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        if debug:
            traceback.print_exc()
        return _fail(
            f"{error.strerror or error} — {error.filename or 'the system'} — check the path and its permissions"
        )


def _fail(sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)  # noqa: T201
    return MISUSE


def print_json(content: Any) -> None:
    """Print a result for other programs."""
    print(json.dumps(content, ensure_ascii=False, indent=2, default=_plain))  # noqa: T201


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")


_LONGEST_NUMBER = 12
_SHARE_FOR_NUMBERS = 0.75
_WIDEST = 2_000


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[int] = ()
) -> None:
    """Print a quiet table; ``numbers`` are the columns that are aligned to the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    cells = [[str(cell) for cell in row] for row in rows]
    widths = {n: max(len(text) for text in (columns[n], *(row[n] for row in cells))) for n in numbers}
    free = not out.is_terminal and "COLUMNS" not in os.environ
    fits = free or sum(width + 2 for width in widths.values()) <= out.width * _SHARE_FOR_NUMBERS
    for position, column in enumerate(columns):
        # A number that is broken over two lines is read as another number; a sentence in its place may be broken.
        whole = fits and widths.get(position, _LONGEST_NUMBER + 1) <= _LONGEST_NUMBER
        justify: Literal["right", "left"] = "right" if position in widths else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=whole)
    for texts in cells:
        table.add_row(*texts)
    if free:
        # Into a file or another program: as wide as it needs to be, for there nothing is to be broken over lines.
        needed = Measurement.get(out, out.options.update(width=_WIDEST), table).maximum
        Console(highlight=False, width=needed).print(table)
    else:
        out.print(table)


def words_in(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def print_blind(rounds: Sequence[str], what: str) -> None:
    """Say that what was printed shows colleagues' codings of blind rounds that are not revealed."""
    if rounds:
        verb = "is blind and not revealed" if len(rounds) == 1 else "are blind and not revealed"
        out.print(
            f"Note: {', '.join(rounds)} {verb}, and these {what} show colleagues' codings. If coding goes on, log it "
            "with `crosscase round reveal`.",
            markup=False,
        )


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A progress display on standard error; gives ``report(step, done, total)``; plain lines without a terminal."""
    if quiet:
        yield lambda step, done, total: None
        return
    if not err.is_terminal:
        said: set[str] = set()

        def plain(step: str, done: int, total: int) -> None:
            if step not in said:
                said.add(step)
                err.print(f"{step} …", markup=False)

        yield plain
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as display:
        tasks: dict[str, Any] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = display.add_task(step, total=total or None)
            display.update(tasks[step], completed=done, total=total or None)

        yield report


def split_study(words: Sequence[Path], study: str) -> tuple[str, list[Path]]:
    """Let the first path name the study when it is one: ``crosscase add my-study interview.docx``."""
    if len(words) > 1 and study == "." and (words[0] / "study.yaml").is_file():
        return str(words[0]), list(words[1:])
    return study, list(words)

"""``study.yaml``: what people write about their study, checked with the line of every mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crosscase.errors import ManifestError
from crosscase.report.checklists import FORM_KEYS

FILE_NAME = "study.yaml"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CaseSettings(_Strict):
    name: str = Field(pattern=_NAME)
    label: str = ""
    numbers: dict[str, float] = Field(default_factory=dict)  # numeric indicators of the case


class CoderSettings(_Strict):
    name: str = Field(pattern=_NAME)
    label: str = ""


class AnalysisSettings(_Strict):
    """How the analyses run; every value is printed with the results."""

    layer: Literal["auto", "independent", "consensus", "suggestion"] = "auto"
    weighting: Literal["source", "volume", "levels"] = "source"
    level: float = Field(default=0.90, gt=0.5, lt=1.0)
    draws: int = Field(default=4000, ge=500, le=200_000)
    chains: int = Field(default=4, ge=2, le=16)
    seed: int = Field(default=1, ge=0)
    certain: float = Field(default=0.90, gt=0.5, lt=1.0)
    leaning: float = Field(default=0.66, gt=0.33, lt=1.0)


class ConfigurationSettings(_Strict):
    """Set-theoretic analysis (QCA): an outcome, the conditions, and how the truth table is made."""

    outcome: str = Field(min_length=1)
    conditions: tuple[str, ...] = ()
    data: str = ""  # a CSV file beside study.yaml with a row per case; its columns come before evidence and numbers
    anchors: dict[str, tuple[float, ...]] = Field(default_factory=dict)  # set → anchors of its raw numbers
    incl_cut: tuple[float, ...] = Field(default=(0.8,), min_length=1, max_length=2)
    n_cut: int = Field(default=1, ge=1)
    pri_cut: float = Field(default=0.0, ge=0.0, le=1.0)
    dir_exp: tuple[str, ...] = ()

    @field_validator("incl_cut", mode="before")
    @classmethod
    def _one_or_two(cls, value: Any) -> Any:
        return [value] if isinstance(value, int | float) else value

    @field_validator("incl_cut")
    @classmethod
    def _in_range(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0.0 <= cut <= 1.0 for cut in value):
            raise ValueError("consistencies lie between 0 and 1")
        return value


class AgreementSettings(_Strict):
    """How agreement between coders is measured and reported."""

    # coefficient: agreement is measured; consensus: differences are talked through; reflexive: it is not sought.
    stance: Literal["coefficient", "consensus", "reflexive"] = "coefficient"
    unit: Literal["turn", "sentence", "paragraph", "passage", "span"] = "turn"
    coefficient: Literal["alpha", "kappa", "fleiss", "scott", "ac1", "brennan-prediger", "percent", "positive"] = (
        "alpha"
    )
    level: float = Field(default=0.95, gt=0.5, lt=1.0)
    threshold: float = Field(default=0.80, gt=0.0, le=1.0)


class BackupSettings(_Strict):
    """Backups that the workbench makes by itself while it runs."""

    every_hours: float = Field(default=24, ge=0, le=8760)  # at most one in this time; 0: none
    keep: int = Field(default=14, ge=1, le=1000)  # of the automatic ones


class StudySettings(_Strict):
    """The content of ``study.yaml``."""

    title: str = Field(min_length=1)
    framework: str = "education-systems"
    cases: tuple[CaseSettings, ...] = ()
    coders: tuple[CoderSettings, ...] = ()
    machine_coders: tuple[Literal["dictionary"], ...] = ()
    simulated: bool = False
    analysis: AnalysisSettings = AnalysisSettings()
    configurations: ConfigurationSettings | None = None
    agreement: AgreementSettings = AgreementSettings()
    backups: BackupSettings = BackupSettings()
    reporting: dict[str, str] = Field(default_factory=dict)  # answers to the items of reporting checklists

    @field_validator("reporting")
    @classmethod
    def _known_items(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - set(FORM_KEYS))
        if unknown:
            raise ValueError(f"no item {unknown[0]}; use {', '.join(FORM_KEYS)}")
        return value

    @field_validator("cases", "coders", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        # `cases: [urban, suburban]` is what people type first; `urban: Urban district` what they type next.
        if isinstance(value, dict):
            return [{"name": k, **(v if isinstance(v, dict) else {"label": v or ""})} for k, v in value.items()]
        if isinstance(value, list):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    @field_validator("cases", "coders")
    @classmethod
    def _unique(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [item.name for item in value]
        repeated = sorted({n for n in names if names.count(n) > 1})
        if repeated:
            raise ValueError(f"{', '.join(repeated)} is named twice")
        return value


def read_settings(folder: Path) -> StudySettings:
    """The settings of a study folder; raises ``ManifestError`` naming line and field."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ManifestError(f"no {FILE_NAME}", where=str(folder), mend="make a study with `crosscase new`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"cannot read it ({error})", where=str(path), mend="save it as UTF-8 text") from None
    return parse_settings(text, str(path))


def parse_settings(text: str, where: str) -> StudySettings:
    """Read the text of a ``study.yaml``."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ManifestError(
            f"this is not valid YAML ({getattr(error, 'problem', None) or 'cannot be read'})",
            where=f"{where}{line}",
            mend="check indentation and quotes",
        ) from None
    if not isinstance(content, dict):
        raise ManifestError("the file holds no settings", where=where, mend="it must begin with `title:`")
    try:
        return StudySettings.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = " › ".join(str(part) for part in first["loc"])
        line_number = _line_of(node, first["loc"])
        raise ManifestError(
            f"{place}: {first['msg'].removeprefix('Value error, ')}",
            where=f"{where}, line {line_number}",
            mend="the settings are listed in docs/reference/study-file.md",
        ) from None


def _line_of(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """Line (from 1) of the deepest part of ``place`` that the file has."""
    line = 1
    for part in place:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, found = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
            line = found.start_mark.line + 1
        if found is None:
            return line
        node = found
    return line


TEMPLATE = """\
# A study. Edit it freely: Crosscase changes nothing here but what you ask it to (a case named in the workbench).
title: {title}

# The framework that coding and analysis follow: a name (see `crosscase framework list`) or a file beside this one.
framework: {framework}

# The units that are compared. Short names are used in tables and file names, labels in the report.
cases:{cases}

# People who code; machine coders are named below and never mixed with people.
coders: {coders}

# Machine coders whose suggestions `crosscase run` keeps up to date ([] for none, or [dictionary]).
machine_coders: []
{simulated}
analysis:
  layer: auto        # auto | independent | consensus | suggestion; auto takes the best layer there is, and says which
  weighting: source  # source | volume | levels: how sources count in the distribution of work
  level: 0.90        # of the intervals
  draws: 4000
  chains: 4
  seed: 1
  certain: 0.90      # a verdict needs this probability; below it, "leaning" needs the next
  leaning: 0.66

# Agreement between coders. Decide before you code: the methods text of the report follows the stance.
agreement:
  stance: {stance}  # coefficient: measured | consensus: differences are talked through | reflexive: not sought
  unit: turn           # turn | sentence | paragraph | passage | span
  threshold: 0.80      # below it a code is to be worked on

# Set-theoretic analysis (QCA), where the cases have an outcome:
# configurations:
#   outcome: GAINS            # a condition, a number of the cases, or a column of the table
#   conditions: [COMMON, MARKET]
#   data: outcomes.csv        # optional: a row per case
#   incl_cut: 0.8

# What only you know, for the methods text and the reporting checklists of the report:
{reporting}
"""
_REPORTING = """\
# reporting:
#   coder_training: Four hours with twelve practice passages
#   double_coding: How the sources that two coders read were chosen
#   blinding: Whether coders saw each other's codings"""
_SIMULATED_REPORTING = """\
reporting:
  coder_training: "The coders are simulated: each misses and confuses codes at rates of its own."
  double_coding: "The simulation drew which sources two or three coders read."
  blinding: "Each simulated coder errs by itself."
  coefficient_reason: "It allows for sources that one coder has not read."\
"""


def new_settings_text(
    title: str,
    framework: str,
    cases: dict[str, str],
    coders: tuple[str, ...],
    simulated: bool = False,
    stance: str = "coefficient",
) -> str:
    """The text of a fresh, commented ``study.yaml``."""
    lines = "".join(f"\n  {name}: {_quoted(label)}" for name, label in cases.items()) or " {}"
    return TEMPLATE.format(
        title=_quoted(title),
        framework=_quoted(framework),
        cases=lines,
        coders="[" + ", ".join(coders) + "]",
        stance=stance,
        reporting=_SIMULATED_REPORTING if simulated else _REPORTING,
        simulated="\n# Everything in this study is invented, and every page of the report says so.\nsimulated: true\n"
        if simulated
        else "",
    )


def _quoted(text: str) -> str:
    dumped: str = yaml.safe_dump(text, allow_unicode=True, default_style='"', width=10_000)
    return dumped.strip()

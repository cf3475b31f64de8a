"""Memberships of cases in sets: from coded evidence, people's numbers, or a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.conditions import Conditions
from crosscase.analysis.identify import Identification
from crosscase.analysis.qca.data import read_outcome
from crosscase.analysis.qca.diagnostics import CalibrationCurve, calibration_curve
from crosscase.errors import InputError, NotEnoughEvidence
from crosscase.services.settings import ConfigurationSettings
from crosscase.services.study import Study

Draws = npt.NDArray[np.float64]
Estimates = Identification | Conditions  # by the model, or straight from the shares of support
MOST_DRAWS = 1000


@dataclass(frozen=True)
class Plan:
    """What is explained by what, and the cuts; the names are those of ``truth_table`` and ``minimize``."""

    outcome: str
    conditions: tuple[str, ...] = ()
    incl_cut: tuple[float, ...] = (0.8,)
    n_cut: int = 1
    pri_cut: float = 0.0
    dir_exp: tuple[str, ...] = ()

    @property
    def cuts(self) -> dict[str, Any]:
        return {"incl_cut": self.incl_cut, "n_cut": self.n_cut, "pri_cut": self.pri_cut}

    @classmethod
    def of(cls, settings: ConfigurationSettings) -> Plan:
        return cls(
            settings.outcome,
            settings.conditions,
            settings.incl_cut,
            settings.n_cut,
            settings.pri_cut,
            settings.dir_exp,
        )


@dataclass(frozen=True)
class Sets:
    """Memberships of cases in sets.

    Attributes
    ----------
    frame
        ``case`` and a column per set.
    origins
        Set → where its memberships come from.
    draws
        Set → draws × cases, for memberships that are estimates.
    left_out
        Case → why it is not in the table.
    found
        The estimates that memberships come from; opens a membership to its codings.
    curves
        Set → its calibration, for raw numbers.
    """

    frame: pl.DataFrame
    origins: Mapping[str, str] = field(default_factory=dict)
    draws: Mapping[str, Draws] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    found: Estimates | None = None
    curves: Mapping[str, CalibrationCurve] = field(default_factory=dict)

    def quotes(self, cases: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
        """The passages behind the memberships of these cases in these sets; empty where no coding stands behind."""
        if self.found is None:
            return pl.DataFrame()
        coded = [name for name in names if name in self.draws]
        parts = [self.found.quotes(case=c, condition=n).with_columns(condition=pl.lit(n)) for c in cases for n in coded]
        return pl.concat(parts) if parts else pl.DataFrame()


def sets_from_file(path: Path) -> Sets:
    """Memberships from a CSV file with a header and a row per case; commas, semicolons or tabs between the cells.

    With semicolons or tabs a decimal comma (``0,8``) is read as one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path), mend="name a CSV file with a row per case") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"the table is no UTF-8 text ({error.reason})", where=str(path), mend="save it as UTF-8"
        ) from None
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    commas = separator != "," and "," in text
    _check_header(header, separator, path)
    try:
        frame = pl.read_csv(text.encode(), separator=separator, decimal_comma=commas, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"the table cannot be read ({reason})", where=str(path), mend="save it as CSV, UTF-8"
        ) from None
    return Sets(frame, dict.fromkeys(frame.columns, f"the table {path.name}"))


def table_of_study(study: Study, file: str) -> pl.DataFrame:
    """The table that the study's settings name, with the cases in reach; empty without one."""
    table = sets_from_file(study.folder / file).frame if file else pl.DataFrame()
    if study.access.cases is None or not table.width:
        return table
    column = "case" if "case" in table.columns else table.columns[0]
    return table.filter(pl.col(column).cast(pl.String).is_in(sorted(study.access.cases)))


def _check_header(header: str, separator: str, path: Path) -> None:
    # A reader of tables would rename the second of two equal columns and take it for another condition.
    names = next(csv.reader([header], delimiter=separator), [])
    repeated = next((name for i, name in enumerate(names) if name.strip() in {n.strip() for n in names[:i]}), None)
    if repeated is not None:
        raise InputError(f"the column {repeated.strip()} occurs twice", where=str(path), mend="rename one of them")


def needs_evidence(study: Study, plan: Plan) -> bool:
    """Whether some set of a plan comes from codings, so that cases must be identified first."""
    names, table, _ = _names(study, plan, study.settings.configurations)
    known = {c.id for c in study.framework.conditions}
    return any(n in known and n not in table.columns for n in names)


def sets_of_study(study: Study, found: Estimates | None, plan: Plan, settings: ConfigurationSettings | None) -> Sets:
    """Memberships in the outcome and the conditions: from the CSV file, else the evidence, else people's numbers."""
    names, table, file = _names(study, plan, settings)
    anchors = settings.anchors if settings is not None else {}
    in_file = _cases_of(table)
    named = [case.name for case in study.settings.cases] or sorted(in_file)
    columns: dict[str, dict[str, float | None]] = {}
    origins: dict[str, str] = {}
    drawn: dict[str, dict[str, Draws]] = {}
    curves: dict[str, CalibrationCurve] = {}
    for name in names:
        if name in table.columns:
            columns[name] = dict(zip(in_file, _floats(table[name], name, file), strict=True))
            origins[name] = f"the table {file}"
        elif found is not None and name in {c.id for c in study.framework.conditions}:
            by_model = isinstance(found, Identification)
            estimates = found.condition_draws if isinstance(found, Identification) else found.draws
            drawn[name] = {case: d for case in named if (d := estimates.get((case, name))) is not None}
            columns[name] = {case: float(np.median(d)) for case, d in drawn[name].items()}
            origins[name] = f"coded evidence, {'by the model' if by_model else 'without a model'}: median of the draws"
        else:
            columns[name] = {case.name: case.numbers.get(name) for case in study.settings.cases}
            origins[name] = "numbers of the cases in study.yaml"
            if not any(value is not None for value in columns[name].values()):
                raise InputError(
                    f"{name} is neither a condition of the framework nor a number of the cases",
                    where="study.yaml, configurations",
                    mend="name a condition, or give every case a number of that name",
                )
        if name in anchors:
            columns[name], curves[name] = _calibrated(columns[name], anchors[name])
            origins[name] += f", calibrated at {', '.join(f'{a:g}' for a in anchors[name])}"
    left_out = {c: _unknown(c, columns) for c in named if _unknown(c, columns)}
    cases = [c for c in named if c not in left_out]
    if len(cases) < 2:
        raise NotEnoughEvidence(
            f"{len(cases)} of {len(named)} cases have a known membership in every set",
            where=", ".join(names),
            mend="; ".join(left_out.values()) or "name the cases in study.yaml",
        )
    frame = pl.DataFrame({"case": cases, **{n: [columns[n][c] for c in cases] for n in names}})
    draws = {n: np.column_stack([per[c] for c in cases]) for n, per in drawn.items()}
    return Sets(frame, origins, {n: d[_thinned(len(d))] for n, d in draws.items()}, left_out, found, curves)


def _names(study: Study, plan: Plan, settings: ConfigurationSettings | None) -> tuple[list[str], pl.DataFrame, str]:
    file = settings.data if settings is not None else ""
    table = table_of_study(study, file)
    outcome = read_outcome(plan.outcome)[0]
    conditions = plan.conditions or tuple(c.id for c in study.framework.conditions if c.id != outcome)
    return [*conditions, outcome], table, file


def _cases_of(table: pl.DataFrame) -> list[str]:
    if not table.width:
        return []
    column = "case" if "case" in table.columns else table.columns[0]
    return [str(value) for value in table[column].to_list()]


def _floats(column: pl.Series, name: str, file: str) -> list[float | None]:
    try:
        return [None if v is None else float(v) for v in column.to_list()]
    except ValueError:
        raise InputError(f"{name} holds something that is no number", where=file, mend="give memberships") from None


def _calibrated(
    values: Mapping[str, float | None], anchors: tuple[float, ...]
) -> tuple[dict[str, float | None], CalibrationCurve]:
    known = {case: v for case, v in values.items() if v is not None}
    curve = calibration_curve(list(known.values()), anchors, cases=list(known))
    return {**dict.fromkeys(values), **dict(zip(known, curve.membership.tolist(), strict=True))}, curve


def _unknown(case: str, columns: Mapping[str, Mapping[str, float | None]]) -> str:
    missing = [name for name, values in columns.items() if values.get(case) is None]
    return f"{case}: membership in {', '.join(missing)} is not known" if missing else ""


def _thinned(n: int) -> slice:
    return slice(None, None, max(1, -(-n // MOST_DRAWS)))

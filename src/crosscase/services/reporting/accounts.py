"""What the centre says against what schools say, as a report shows it: the gaps whose interval excludes 0."""

from __future__ import annotations

from crosscase.analysis.gaps import AccountGaps
from crosscase.report import numerals
from crosscase.report.content import AccountRow, Number
from crosscase.services.reporting.names import Names


def accounts(gaps: AccountGaps | None, why_not: str, names: Names) -> tuple[tuple[AccountRow, ...], str]:
    """The clear gaps, largest first, and a sentence about what was compared."""
    if gaps is None:
        return (), why_not
    known = {locus.id: locus for locus in names.loci}
    cell = gaps.keys[-1]
    shares = {(r["case"], r["domain"], r[cell]): r for r in gaps.table.iter_rows(named=True)}
    rows = []
    compared = 0
    for row in gaps.leading.iter_rows(named=True):
        if row["gap"] is None:
            continue
        compared += 1
        if not row["clear"]:
            continue
        both = shares[row["case"], row["domain"], row["gap"]]
        rows.append(
            AccountRow(
                case=names.case(row["case"]),
                domain=names.framework.domain(row["domain"]).name,
                locus=known[row["gap"]],
                central=Number(both["share_one"]),
                school=Number(both["share_other"]),
                difference=Number(row["difference"], row["low"], row["high"]),
                n_central=both["n_sources_one"],
                n_school=both["n_sources_other"],
                anchor=names.places.of(row["case"], row["domain"], row["gap"]),
            )
        )
    rows.sort(key=lambda row: -abs(row.difference.value or 0.0))
    told = (
        f"{numerals.plural(compared, 'domain')} of all cases {'has' if compared == 1 else 'have'} accounts of both; in "
        f"{len(rows)} the locus on which they differ most has an interval that excludes 0. It is the largest of "
        "several differences, so it looks larger than it is."
    )
    return tuple(rows), told

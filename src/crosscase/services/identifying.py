"""What is asked of an identification afterwards: types by group, how firmly it stands, whether it is calibrated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crosscase.analysis.identify import Grouped, Identification, identify_by
from crosscase.analysis.identify.check import Check, check_identification
from crosscase.analysis.robustness import Robustness, robustness
from crosscase.errors import NotFound
from crosscase.services.analyses import choose_layer, identification_options, identify_study
from crosscase.services.study import Study

GROUPS = ("subject", "coder", "level", "kind")
Progress = Callable[[str, int, int], None]


def identify_groups(study: Study, by: str, *, layer: str | None = None, **options: Any) -> Grouped:
    """Types within each case: by ``subject`` (or another facet), ``coder``, ``level`` or ``kind``.

    A facet's default value, such as *all* for the subject, names no group. Raises ``NotFound`` for an unknown group.
    """
    facets = {facet.id: facet for facet in study.rulebook.facets}
    if by not in GROUPS and by not in facets:
        raise NotFound(f"cases cannot be grouped by {by!r}", mend=f"use {', '.join((*GROUPS, *facets))}")
    general = facets[by].default if by in facets else None
    evidence = study.evidence(layer or choose_layer(study)[0])
    return identify_by(
        evidence,
        study.rulebook,
        by,
        leave_out=(general,) if general else (),
        **identification_options(study, **options),
    )


def study_robustness(
    study: Study,
    *,
    layer: str | None = None,
    found: Identification | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Robustness:
    """What happens to each verdict when something is left out, moved or weighed otherwise."""
    evidence = study.evidence(layer or choose_layer(study)[0])
    identified = found or identify_study(study, evidence, **options)
    return robustness(identified, evidence, study.rulebook, level=study.settings.analysis.level, progress=progress)


def check_study(study: Study, *, studies: int = 200, progress: Progress | None = None) -> Check:
    """Calibration and fit of the model on the study's own layout; see ``analysis.identify.check``."""
    evidence = study.evidence(choose_layer(study)[0])
    found = identify_study(study, evidence)

    def say(done: int, total: int) -> None:
        if progress:
            progress("imagining studies", done, total)

    return check_identification(
        found, evidence, study.rulebook, studies=studies, seed=study.settings.analysis.seed, progress=say
    )

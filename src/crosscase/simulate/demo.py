"""The demonstration: a simulated study, brought in through the same doors as anybody's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crosscase.services.import_codings import import_codings
from crosscase.services.manifest import read_manifest, read_participants
from crosscase.services.rounds import reveal_round, round_names
from crosscase.services.sources import add_participants, add_sources
from crosscase.services.study import create_study
from crosscase.simulate.design import StudyDesign, seed_study
from crosscase.simulate.study import simulate_study
from crosscase.simulate.write import write_study

Progress = Callable[[str, int, int], None]


def make_demo(
    folder: Path, *, seed: int = 1, design: StudyDesign | None = None, progress: Progress | None = None
) -> None:
    """Simulate a study, write its files into the folder, and add and import them as a team would."""
    say = progress or (lambda step, done, total: None)
    say("simulating the study", 0, 1)
    simulated = simulate_study(design or seed_study(seed=seed))
    say("simulating the study", 1, 1)
    cases = {case.name: case.label for case in simulated.design.cases}
    coders = tuple(coder.name for coder in simulated.design.coders)
    title = "How four districts organise instruction (simulated)"
    with create_study(folder, title=title, cases=cases, coders=coders, simulated=True) as study:
        write_study(simulated, folder)
        names = frozenset(cases)
        add_participants(study, read_participants(folder / "participants.csv", names))
        add_sources(study, read_manifest(folder / "sources.csv", names), progress=progress)
        say("importing the codings", 0, 1)
        import_codings(study, folder / "codings.csv", reviewed=folder / "reviewed.csv")
        # Its coders have finished: whoever looks around in the workbench sees what they did.
        for round in round_names(study):
            reveal_round(study, round, "coding is done")
        say("importing the codings", 1, 1)

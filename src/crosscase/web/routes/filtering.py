"""The filters of the Compare rooms: the same names in every address, kept from tab to tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from crosscase.errors import AnalysisError
from crosscase.services.reporting.names import KINDS, LEVELS, ROLES
from crosscase.services.slicing import Choices, Filters, choices_of
from crosscase.web.desk import Viewer, viewer_of

_BEFORE = {"since": "from", "until": "until", "coder": "coded by"}


@dataclass(frozen=True)
class Filtering:
    """What an address chooses, what there is to choose from, and how both are called."""

    filters: Filters
    choices: Choices
    people: Mapping[str, str]

    @property
    def given(self) -> dict[str, str]:
        return self.filters.given

    @property
    def query(self) -> str:
        """The end of an address that keeps the choice: empty, or beginning with ``?``."""
        return f"?{urlencode(self.given)}" if self.given else ""

    def also(self, **more: str) -> str:
        """The same with more in the address."""
        return f"?{urlencode({**more, **self.given})}"

    @property
    def words(self) -> str:
        """The choice as people say it: "interview, coded by Ana"."""
        labels: dict[str, Mapping[str, str]] = {"kind": KINDS, "role": ROLES, "level": LEVELS, "coder": self.people}
        found = []
        for name, value in self.given.items():
            label = labels.get(name, {}).get(value) or value
            found.append(f"{_BEFORE[name]} {label}" if name in _BEFORE else label)
        return ", ".join(found)


def read_filters(request: Request) -> Filters:
    """The filters of an address."""
    given = {name: request.query_params.get(name, "").strip()[:200] for name in Filters.__dataclass_fields__}
    return Filters(**given)


def filtering(request: Request) -> Filtering:
    """The filters of an address with what there is to choose; for somebody who may see everybody's codings."""
    viewer = viewer_of(request)
    try:
        choices = remembered(viewer, "choices", None, lambda: choices_of(viewer.study))
    except AnalysisError:
        choices = Choices((), (), (), (), ())  # nothing is coded yet
    return Filtering(read_filters(request), choices, {p.name: p.label for p in viewer.people})


def remembered(viewer: Viewer, what: str, options: Any, make: Callable[[], Any]) -> Any:
    """What was computed from this state of the study before, or is computed now."""
    study = viewer.study
    state = (str(study.folder), study.head(), viewer.framework.digest, study.settings.model_dump_json())
    return viewer.desk.measured.get((what, options, state), make)


def said(error: AnalysisError) -> str:
    """Why there is nothing to show, in a sentence."""
    return f"{error.what[:1].upper()}{error.what[1:]}: {error.mend}."

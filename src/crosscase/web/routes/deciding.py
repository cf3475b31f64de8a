"""Changes that decide: on coders' codings, in the Agreement room, and on candidates, in the Disconfirm room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crosscase.errors import AccessError, Conflict
from crosscase.services import adjudicating, disconfirming
from crosscase.services.coding_by_hand import check_guid
from crosscase.services.coding_errors import leave_note
from crosscase.services.decisions import decision_progress
from crosscase.services.sight import refuse_hidden
from crosscase.services.source_view import source_name
from crosscase.web.desk import Viewer
from crosscase.web.fields import Body, facets_in, reason_in, text_in, whole_in, wholes_in


def _take(viewer: Viewer, body: Body) -> Any:
    ids = _ids(viewer, body)
    coder, guid = text_in(body, "coder"), text_in(body, "guid")
    adjudicating.take_coder(viewer.study, ids, coder, reason_in(body), guid=guid)
    return _progress(viewer)


def _merge(viewer: Viewer, body: Body) -> Any:
    adjudicating.merge_codings(
        viewer.study,
        _ids(viewer, body),
        passage=(whole_in(body, "start"), whole_in(body, "end")),
        code=text_in(body, "code"),
        facets=facets_in(body) or {},
        reason=reason_in(body),
        guid=text_in(body, "guid"),
    )
    return _progress(viewer)


def _new(viewer: Viewer, body: Body) -> Any:
    adjudicating.add_consensus(
        viewer.study,
        source_name(viewer.study, text_in(body, "source")),
        (whole_in(body, "start"), whole_in(body, "end")),
        text_in(body, "code"),
        facets_in(body),
        instead_of=_ids(viewer, body),
        reason=reason_in(body),
        guid=text_in(body, "guid"),
    )
    return _progress(viewer)


def _refuse(viewer: Viewer, body: Body) -> Any:
    ids = _ids(viewer, body)
    adjudicating.reject_codings(viewer.study, ids, reason_in(body), guid=text_in(body, "guid"))
    return _progress(viewer)


def _identical(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    n = adjudicating.agree_identical(viewer.study, rounds=tuple(viewer.sight.open_rounds), guid=text_in(body, "guid"))
    return {"n": n, **_progress(viewer)}


def _undo(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    guid = text_in(body, "guid")
    refuse_hidden(viewer.study, viewer.sight, decisions=adjudicating.deed_decisions(viewer.study, guid))
    return {"n": adjudicating.undo_deed(viewer.study, guid), **_progress(viewer)}


def _reopen(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    wanted, reason = wholes_in(body, "decisions"), reason_in(body)
    refuse_hidden(viewer.study, viewer.sight, decisions=wanted)
    for number in wanted:
        try:
            adjudicating.reopen(viewer.study, number, reason)
        except Conflict:
            continue  # it is open already: the same was sent before
    return _progress(viewer)


def _ids(viewer: Viewer, body: Body) -> list[int]:
    _ = viewer.coder
    ids = wholes_in(body, "ids")
    refuse_hidden(viewer.study, viewer.sight, ids)
    return ids


def _progress(viewer: Viewer) -> dict[str, Any]:
    found = decision_progress(viewer.study, viewer.sight.open_rounds)
    return {"decided": sum(p.n_decided for p in found), "all": sum(p.n_codings for p in found)}


def _resolve(viewer: Viewer, body: Body) -> Any:
    _may_weigh(viewer)
    ids = disconfirming.resolve(
        viewer.study,
        whole_in(body, "candidate"),
        text_in(body, "disposition"),
        reason_in(body),
        guid=text_in(body, "guid"),
    )
    return {"ids": list(ids)}


def _error_note(viewer: Viewer, body: Body) -> Any:
    """Tell a colleague that a coding of theirs may be in error."""
    _may_weigh(viewer)
    leave_note(viewer.study, text_in(body, "coding"), text_in(body, "text"), guid=check_guid(text_in(body, "guid")))
    return {}


def _unresolve(viewer: Viewer, body: Body) -> Any:
    _may_weigh(viewer)
    return {"ids": list(disconfirming.undo_resolution(viewer.study, text_in(body, "guid")))}


def _reconsider(viewer: Viewer, body: Body) -> Any:
    """Open again what was resolved; candidates on one passage together."""
    _may_weigh(viewer)
    wanted, reason = wholes_in(body, "candidates"), reason_in(body)
    for number in wanted:
        try:
            disconfirming.reopen(viewer.study, number, reason)
        except Conflict:
            continue  # it is open already: the same was sent before
    return {"ids": wanted}


def _may_weigh(viewer: Viewer) -> None:
    _ = viewer.coder
    if viewer.hidden:
        raise AccessError("not while you code blind", where="Disconfirm", mend="wait until the round is revealed")


VERBS: Mapping[str, Callable[[Viewer, Body], Any]] = {
    "decide-take": _take,
    "decide-merge": _merge,
    "decide-new": _new,
    "decide-reject": _refuse,
    "decide-identical": _identical,
    "decide-undo": _undo,
    "decide-reopen": _reopen,
    "resolve": _resolve,
    "unresolve": _unresolve,
    "error-note": _error_note,
    "reconsider": _reconsider,
}

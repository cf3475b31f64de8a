"""Former codes: they left the codebook, and codings still stand under them until their coders have decided.

A coding of a code that was split waits for its coder. Until then it says what it said when it was made, so results
read it by the codebook that it was made under: in its old domain and sub-domain, and in each condition and each type on
the side on which the old codebook counted its code. ``with_former`` adds exactly that to a codebook, for results to
read; people who code never see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crosscase.model.framework import Condition, Domain, Framework, IdealType, Indicator, Pattern, Subdomain


def with_former(now: Framework, former: Mapping[str, Framework]) -> Framework:
    """The codebook with former codes, each as the codebook says that had it last.

    A condition or type that the codebook has no longer does not come back; a domain or sub-domain does.
    """
    domains, conditions, types = list(now.domains), list(now.conditions), list(now.types)
    for code, old in former.items():
        indicator = old.indicator(code)
        shown = replace(indicator, name=f"{indicator.name} (former code)", parent=None, former=True)
        domains = _at_home(domains, old.domain(indicator.domain), shown)
        said = {c.id: c for c in old.conditions}
        conditions = [_counting(c, said[c.id], code) if c.id in said else c for c in conditions]
        kinds = {t.id: t for t in old.types}
        types = [_speaking(t, kinds[t.id], code) if t.id in kinds else t for t in types]
    return replace(now, domains=tuple(domains), conditions=tuple(conditions), types=tuple(types))


def _at_home(domains: list[Domain], old: Domain, code: Indicator) -> list[Domain]:
    room = next(s for s in old.subdomains if s.id == code.subdomain)
    if old.id not in [d.id for d in domains]:
        return [*domains, replace(old, subdomains=(replace(room, indicators=(code,)),))]
    return [replace(d, subdomains=_in_room(d.subdomains, room, code)) if d.id == old.id else d for d in domains]


def _in_room(rooms: tuple[Subdomain, ...], old: Subdomain, code: Indicator) -> tuple[Subdomain, ...]:
    if old.id not in [room.id for room in rooms]:
        return (*rooms, replace(old, indicators=(code,)))
    return tuple(replace(r, indicators=(*r.indicators, code)) if r.id == old.id else r for r in rooms)


def _counting(now: Condition, old: Condition, code: str) -> Condition:
    return replace(now, supports=now.supports + _of(old.supports, code), opposes=now.opposes + _of(old.opposes, code))


def _speaking(now: IdealType, old: IdealType, code: str) -> IdealType:
    return replace(now, disconfirming=now.disconfirming + _of(old.disconfirming, code))


def _of(patterns: tuple[Pattern, ...], code: str) -> tuple[Pattern, ...]:
    """What patterns say about one code; a pattern that takes all below a prefix is narrowed to it."""
    return tuple(replace(p, codes=(code,)) for p in patterns if p.matches_code(code))

"""A report by hand that looks like the seed study: four districts, five domains, many codings, invented throughout."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

from crosscase.report.content import (
    Answer,
    CaseEvidence,
    CaseWork,
    Claim,
    Coding,
    ConditionReading,
    Coverage,
    DomainWork,
    EvidenceBlock,
    EvidenceList,
    EvidencePart,
    Gaps,
    Locus,
    LocusShare,
    Matrix,
    MatrixCell,
    Methods,
    Number,
    ProvenanceRow,
    Reasons,
    Report,
    Side,
    TypeAcross,
    TypeReading,
    Verdict,
    WeightingRow,
    Work,
)

CASES = {
    "urban": "Urban district",
    "suburban": "Suburban district",
    "charter": "Charter network",
    "hybrid": "Hybrid district",
}
DOMAINS = {
    "env": "Managing environmental relationships",
    "infra": "Building educational infrastructure",
    "use": "Supporting the use of infrastructure in practice",
    "perf": "Managing performance",
    "lead": "Distributing instructional leadership",
}
LOCI = tuple(
    Locus(id, label, i)
    for i, (id, label) in enumerate(
        {
            "central_office": "Central office",
            "school": "School",
            "joint": "Joint central-school",
            "network_hub": "Cross-school network",
            "external_partner": "External partner",
            "government": "State or federal government",
            "families_market": "Families / market",
        }.items()
    )
)
NOT_STATED = Locus("not_stated", "Not stated", 7)
TYPES = {
    "managerial": "Managerial system",
    "market_driven": "Market-driven system",
    "federated": "Federated system",
    "networked": "Networked system",
}
CONDITIONS = {
    "COMMON": "One instructional approach shared by all schools",
    "SCHOOLVOICE": "Schools hold real authority over developing the approach",
    "BOUNDS": "The centre sets and enforces parameters inside which schools design",
    "MARKET": "Family choice and competition coordinate the system",
}
VERDICTS = {"urban": "managerial", "suburban": "networked", "charter": "networked", "hybrid": "federated"}
_WEIGHTS = {
    "managerial": (10, 3, 1.5, 0.2, 1, 0.6, 0),
    "networked": (3, 3, 9, 1, 0.5, 0.4, 0.1),
    "federated": (3, 9, 2, 0, 3, 0.5, 0.4),
}
_PRESENT = {
    "managerial": (0.93, 0.08, 0.71, 0.03),
    "networked": (0.9, 0.88, 0.64, 0.05),
    "federated": (0.12, 0.9, 0.86, 0.22),
}
_QUOTES = (
    "Downtown decides how it's taught. I decide who has bus duty and where the kindergarten line stands.",
    "We get the presentation, we ask our questions, somebody always asks about phonics. Then we vote. In my nine years "
    "up here we have not once voted against what the office brought us for classrooms.",
    "I know what the chart says, that Teaching and Learning sets the model for everybody. I've got the chart, it's a "
    "nice chart, there are arrows on it. What happened here is that my staff and I threw out the workshop format and "
    "wrote our own over that summer and the next. Nobody from that floor came to look. To this day they haven't told "
    "us yes or no, and when they say 'the model' in a meeting I keep still.",
    "Nothing is adopted unless the council of teachers and principals agrees; last spring they sent the units back "
    "twice, and twice the office rewrote them.",
    "The coaches work for us, not for the office. Each school picks one from the partner's list & pays < half.",
    "Observer: the superintendent reads out the targets school by school. Two principals look at their phones.",
    "“Schools shall select one core programme from the approved list; a waiver requires the consent of the Board.”",
    "If we cannot show growth, families will leave. They say so in the parking lot, and some of them did.",
    "So we sat together, four of them and four of us, and we wrote the third-grade units from the first page. What I "
    "put in is still there: the argument about the bridge. When I visit the other schools I see it on their walls, and "
    "it is a little different each time, and nobody has told anybody off for that, which I had expected.",
    "It is on the shelf if you want it.",
)
_ROLES = (("teacher", "interview"), ("principal", "interview"), ("central leader", "interview"))
_ROLES += (("observer", "observation"), ("institutional document", "document"))


def make_report(*, per_case: int = 150, simulated: bool = True, suggestion: bool = False, seed: int = 3) -> Report:
    """A complete report; ``per_case`` codings in each of the four cases."""
    dice = random.Random(seed)
    codings = {c.id: c for case in CASES for c in _codings(dice, case, per_case, list(CASES).index(case) * per_case)}
    of_case = {case: [c for c in codings.values() if c.case == case] for case in CASES}
    work = tuple(_case_work(case, of_case[case]) for case in CASES)
    return Report(
        title="Four districts and their instruction",
        language="en",
        case_noun=("district", "districts"),
        summary=f"59 interviews, 192 field notes and 24 documents from 4 districts; {len(codings):,} codings by 2 "
        "coders (independent codings), with the framework “Instructionally focused education systems” 0.2.0.",
        made="Made on 3 March 2026 with Crosscase 0.1.0; data 5f2c9a61d0e3",
        made_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        simulated=simulated,
        suggestion=suggestion,
        level=0.9,
        answer=_answer(of_case),
        work=Work(
            loci=(*LOCI, NOT_STATED),
            cases=work,
            weighting="each source counted once",
            weightings=("by source", "by volume", "balanced over levels"),
            differing=(
                WeightingRow(
                    CASES["hybrid"],
                    DOMAINS["use"],
                    LOCI[1],
                    tuple(
                        Number(v, v - 0.11, v + 0.1, work[3].domains[2].n_codings.anchor) for v in (0.52, 0.49, 0.37)
                    ),
                ),
            ),
        ),
        reasons=tuple(_reasons(case, of_case[case]) for case in CASES),
        matrix=_matrix(work),
        gaps=_gaps(),
        methods=_methods(len(codings)),
        evidence=tuple(_evidence(case, of_case[case]) for case in CASES),
        codings=codings,
    )


def hostile_report() -> Report:
    """The same with text that tries to leave its place: markup, direction overrides, invisible and endless words."""
    report = make_report(per_case=20)
    first = next(iter(report.codings.values()))
    nasty = (
        "</q></li></ul><script>document.title='broken'</script><img src=x onerror=alert(1)> {{ r.title }} \u202eevil"
        "\u2066 \u200b\u200d\ufeff & &amp; <!-- ]]> " + "W" * 400 + " العربية e" + "\u0301" * 60
    )
    bad = {
        first.id: replace(
            first, quote=nasty, source="<b>a\"b'.docx\u202e", coder="<i>eve</i>", code_name="<u>", facets=("<s>",)
        )
    }
    return replace(report, title='<script>alert("t")</script>\u202e', codings={**report.codings, **bad})


def _codings(dice: random.Random, case: str, n: int, first: int) -> list[Coding]:
    found = []
    for i in range(n):
        role, kind = dice.choice(_ROLES)
        domain = dice.choice(list(DOMAINS))
        locus = dice.choices((*LOCI, NOT_STATED), (*_WEIGHTS[VERDICTS[case]], 1.5))[0]
        denies = dice.random() < 0.12
        start = dice.randrange(60_000)
        quote = dice.choice(_QUOTES)
        found.append(
            Coding(
                id=first + i + 1,
                case=case,
                quote=quote,
                code=f"{domain}.thing.{i % 4}",
                code_name=dice.choice(
                    ("Common curriculum", "Shared decision forums", "Fidelity expected", "School-made measures")
                ),
                domain=domain,
                source=f"{case}-{kind[:3]}-{dice.randrange(1, 30):02}",
                start=start,
                end=start + len(quote),
                facets=(
                    locus.label,
                    dice.choice(("prescribe / mandate", "develop / design", "adapt")),
                    "says it is not there" if denies else "affirms",
                    dice.choice(("happens now", "formal rule or structure", "stated belief")),
                ),
                said_by=f"{role}, {kind}",
                date=f"2017-{dice.randrange(1, 13):02}-{dice.randrange(1, 28):02}",
                coder=dice.choice(("Ada", "Ben")),
                unverified=kind == "observation" and dice.random() < 0.3,
                denies=denies,
                effect=dice.choice(("", "for COMMON", "against SCHOOLVOICE", "for BOUNDS")),
            )
        )
    return found


def _share(n: int, total: int, anchor: str) -> Number:
    value = (n + 0.5) / (total + 4)
    half = 1.65 * (value * (1 - value) / (total / 3 + 1)) ** 0.5
    return Number(value, max(0.0, value - half), min(1.0, value + half), anchor)


def _by(codings: list[Coding]) -> dict[str, dict[str, list[Coding]]]:
    grouped: dict[str, dict[str, list[Coding]]] = {d: defaultdict(list) for d in DOMAINS}
    for coding in codings:
        grouped[coding.domain][coding.facets[0]].append(coding)
    return grouped


def _case_work(case: str, codings: list[Coding]) -> CaseWork:
    domains = []
    for domain, by_locus in _by(codings).items():
        everything = [c for part in by_locus.values() for c in part]
        located = sum(len(part) for label, part in by_locus.items() if label != NOT_STATED.label)
        shares = tuple(
            LocusShare(
                locus,
                _share(len(by_locus[locus.label]), located, f"e-{case}-{domain}-{locus.id}"),
                len(by_locus[locus.label]),
                sum(c.denies for c in by_locus[locus.label]),
                len({c.source for c in by_locus[locus.label]}),
            )
            for locus in LOCI
            if by_locus[locus.label]
        )
        silent = len(by_locus[NOT_STATED.label])
        domains.append(
            DomainWork(
                domain=domain,
                label=DOMAINS[domain],
                shares=shares,
                silent=tuple(locus for locus in LOCI if not by_locus[locus.label]),
                silent_share=0.013,
                silent_high=0.03,
                not_stated=Number(silent / max(len(everything), 1), 0, 0.3, f"e-{case}-{domain}-not_stated"),
                n_not_stated=silent,
                n_codings=Number(len(everything), anchor=f"e-{case}-{domain}"),
                n_sources=len({c.source for c in everything}),
            )
        )
    return CaseWork(case, CASES[case], tuple(domains))


def _answer(of_case: dict[str, list[Coding]]) -> Answer:
    verdicts = []
    for case, codings in of_case.items():
        type = VERDICTS[case]
        leaning = case == "charter"
        readings = tuple(
            TypeReading(
                type=t,
                name=name,
                membership=Number(*((0.84, 0.66, 0.95) if t == type else (0.14, 0.03, 0.34)), f"e-{case}"),
                probability=Number((0.78 if leaning else 0.984) if t == type else 0.004, anchor=f"e-{case}"),
                alone=Number(0.71 if t == type else 0.2, 0.1, 0.9, f"e-{case}"),
                fit=Number(0.8 if t == type else 0.5, anchor=f"e-{case}"),
                verdict=t == type,
            )
            for t, name in TYPES.items()
        )
        half = len(codings) // 3
        verdicts.append(
            Verdict(
                case=case,
                label=CASES[case],
                kind="leaning" if leaning else "type",
                kind_label="leaning" if leaning else "identified",
                headline=f"Leans to {TYPES[type].lower()}" if leaning else TYPES[type],
                sentence=f"The {CASES[case].lower()} {'leans towards being' if leaning else 'is'} a "
                f"{TYPES[type].lower()} (probability {'.78' if leaning else '.98'}).",
                types=(type,),
                probability=Number(0.78 if leaning else 0.984, anchor=f"e-{case}"),
                readings=readings,
                runner_up="Managerial system" if type != "managerial" else "Networked system",
                margin=Number(0.7, anchor=f"e-{case}"),
                decisive="Schools hold real authority over developing the approach",
                corner="",
                missing=("no teacher was interviewed about managing performance",) if leaning else (),
                about=TYPES[type],
                supports=Number(half * 2, anchor=f"e-{case}-verdict-for"),
                opposes=Number(len(codings) - half * 2, anchor=f"e-{case}-verdict-against"),
            )
        )
    return Answer(
        "One of the four districts is managerial, two are networked and one is federated. No district is market-driven "
        "(probability > .99).",
        tuple(verdicts),
        across=tuple(
            TypeAcross(
                name,
                Number(0.993 if t == "market_driven" else 0.01, anchor="evidence"),
                Number(list(VERDICTS.values()).count(t), anchor="evidence"),
                Number(0.84 if t in VERDICTS.values() else 0.14, anchor=f"e-{next(iter(CASES))}"),
                CASES["urban"],
                t == "market_driven",
            )
            for t, name in TYPES.items()
        ),
    )


def _reasons(case: str, codings: list[Coding]) -> Reasons:
    type = VERDICTS[case]
    half = len(codings) // 3 * 2
    supports, opposes = codings[:half], codings[half:]
    conditions = tuple(
        ConditionReading(
            id=id,
            label=label,
            definition="",
            membership=Number(value, max(0.0, value - 0.15), min(1.0, value + 0.08), f"e-{case}-{id}"),
            expected="present" if value > 0.5 else "absent",
            needs_met=not (case == "charter" and id == "BOUNDS"),
            missing="needs 3 sources of 2 kinds, one of them from schools; has 2 sources of 1 kind",
            supports=Number(len(codings) // 6, anchor=f"e-{case}-{id}-for"),
            opposes=Number(len(codings) // 8, anchor=f"e-{case}-{id}-against"),
        )
        for (id, label), value in zip(CONDITIONS.items(), _PRESENT[type], strict=True)
    )
    sides = [
        Side(
            tuple(c.id for c in part[:6]),
            Number(len(part), anchor=f"e-{case}-verdict-{word}"),
            len({c.source for c in part}),
        )
        for part, word in ((supports, "for"), (opposes, "against"))
    ]
    return Reasons(
        case,
        CASES[case],
        f"The {CASES[case].lower()} is a {TYPES[type].lower()}.",
        conditions,
        (Claim(TYPES[type], "", sides[0], sides[1]),),
    )


def _matrix(work: tuple[CaseWork, ...]) -> Matrix:
    rows = []
    for i, label in enumerate(DOMAINS.values()):
        cells = []
        for case in work:
            domain = case.domains[i]
            ranked = sorted(domain.shares, key=lambda s: -(s.share.value or 0))
            cells.append(
                MatrixCell(
                    locus=ranked[0].locus if ranked else None,
                    share=ranked[0].share if ranked else Number(None),
                    second=ranked[1].locus if len(ranked) > 1 else None,
                    n_located=int(domain.n_codings.value or 0) - domain.n_not_stated,
                    n_codings=int(domain.n_codings.value or 0),
                    n_sources=domain.n_sources,
                    clear=len(ranked) < 2 or (ranked[0].share.low or 0) > (ranked[1].share.high or 0),
                )
            )
        rows.append((label, tuple(cells)))
    return Matrix(tuple(CASES.values()), tuple(rows))


def _gaps() -> Gaps:
    return Gaps(
        (
            "Students and families were not interviewed in any district; what they would say is unknown, not absent.",
            "Documents hold rules and intentions; they count three quarters of what is seen or reported as practice.",
        ),
        tuple(
            (label, ("no field note about managing performance",) if case == "hybrid" else ())
            for case, label in CASES.items()
        ),
    )


def _methods(n: int) -> Methods:
    return Methods(
        paragraphs=(
            "Two people coded the sources deductively with the framework below, independently of each other. Codings "
            "of different coders on the same passage count as one item.",
            "Shares are posterior means of a Bayesian bootstrap over sources with one prior atom; intervals hold 90 % "
            "of 4,000 draws. Types were identified with a hierarchical model of passages, sources and coders, and by "
            "the framework's rules over conditions.",
        ),
        coverage=Coverage(
            tuple(CASES.values()),
            (
                ("interview, central", (5, 5, 4, 4)),
                ("interview, school", (10, 11, 10, 10)),
                ("observation", (48, 48, 48, 48)),
                ("document", (6, 6, 6, 6)),
                ("interview, families", (0, 0, 0, 0)),
            ),
            (212_400, 198_020, 187_441, 204_010),
        ),
        coders=(("Ada", "person", n // 2), ("Ben", "person", n - n // 2)),
        framework="Instructionally focused education systems, version 0.2.0 (5 domains, 4 conditions, 4 ideal types).",
        provenance=(
            ProvenanceRow("Type", "Managerial system", "stated", "stated in the literature: Peurach & Yurkofsky 2018"),
            ProvenanceRow("Condition", CONDITIONS["COMMON"], "inferred", "our inference"),
            ProvenanceRow("Domain", DOMAINS["env"], "recalled", "recalled from the literature, unchecked"),
        ),
        provenance_counts=(("Ideal types", 4, 0, 0), ("Conditions", 0, 0, 4), ("Indicators", 12, 9, 32)),
        parameters=(("Seed", "1"), ("Draws", "4,000"), ("Data hash", "5f2c9a61d0e3"), ("Crosscase", "0.1.0")),
        diagnostics=(("R-hat, largest", "1.003"), ("Effective sample size, smallest", "2,140")),
    )


def _evidence(case: str, codings: list[Coding]) -> CaseEvidence:
    blocks = tuple(
        EvidenceBlock(
            f"e-{case}-{domain}",
            DOMAINS[domain],
            tuple(
                EvidencePart(
                    f"e-{case}-{domain}-{locus.id}", locus.label, tuple(c.id for c in by_locus.get(locus.label, ()))
                )
                for locus in (*LOCI, NOT_STATED)
                if by_locus.get(locus.label)
            ),
        )
        for domain, by_locus in _by(codings).items()
    )
    ids = [c.id for c in codings]
    half = len(ids) // 3 * 2
    lists = [
        EvidenceList(
            f"e-{case}-{id}",
            label,
            "",
            (
                EvidencePart(f"e-{case}-{id}-for", "For", tuple(ids[: len(ids) // 6])),
                EvidencePart(f"e-{case}-{id}-against", "Against", tuple(ids[-(len(ids) // 8) :])),
            ),
        )
        for id, label in CONDITIONS.items()
    ]
    verdict = EvidenceList(
        f"e-{case}-verdict",
        "The verdict",
        "",
        (
            EvidencePart(f"e-{case}-verdict-for", "For", tuple(ids[:half])),
            EvidencePart(f"e-{case}-verdict-against", "Against", tuple(ids[half:])),
        ),
    )
    return CaseEvidence(case, CASES[case], f"e-{case}", blocks, (*lists, verdict))

"""Every kind of mistake in a framework file is told with its line, its field and what to do."""

from __future__ import annotations

import pytest
from tests.factories.framework_text import TEXT, broken, line_of

from crosscase import frameworks
from crosscase.errors import FrameworkError

COMMON = "domains › infra › subdomains › infra.curr › indicators › infra.curr.common"
LOCAL = "domains › infra › subdomains › infra.curr › indicators › infra.curr.local"

ANCHORS = TEXT[TEXT.index("anchors:") : TEXT.index("    needs:")].rstrip()

# What stands in the file → what somebody wrote; the field, and a piece of the sentence.
MISTAKES = [
    ("schema: crosscase-framework/1", "schema: crosscase-framework/9", "schema", "this Crosscase reads"),
    ("version: 1.0.0", "version: 1.0", "version", "put it in quotes"),
    ("version: 1.0.0", "version: one", "version", "three numbers"),
    ("language: en", "language: English", "language", "language code"),
    ("title: A small framework", "title: '  '", "title", "is blank"),
    ("title: A small framework", "title:", "title", "is empty; it must be text"),
    ("title: A small framework", "title: [a]", "title", "must be text, not a list"),
    ("id: small", "id: Small Framework", "id", "small letters"),
    ("prov: inferred", "prov: guessed", "prov", "stated, recalled, inferred"),
    ("prov: stated SEEN00", "prov: stated", f"{LOCAL} › prov", "needs a source"),
    ("prov: stated SEEN00", "prov: stated SEEN0", f"{LOCAL} › prov", "did you mean 'SEEN00'"),
    ("prov: stated SEEN00", "prov: stated UNSEEN01", f"{LOCAL} › prov", "was not seen"),
    (
        "prov: stated SEEN00",
        "prov: {kind: inferred, fields: {defnition: recalled}}",
        f"{LOCAL} › prov › fields › defnition",
        "did you mean 'definition'",
    ),
    ('cite: "Author 2000"', 'site: "Author 2000"', "sources › SEEN00 › site", "did you mean 'cite'"),
    ("  locus:\n", "  source:\n", "facets › source", "column of the evidence"),
    ("default: present", "default: presnt", "facets › stance › default", "did you mean 'present'"),
    ("values: {make: Make, use: Use}", "values: {}", "facets › mode › values", "is empty"),
    ("values: {make: Make,", "values: {Make it: Make,", "facets › mode › values › Make it", "small letter"),
    ("level: school}", "level: schol}", "participants › roles › teacher › level", "did you mean 'school'"),
    ("- id: out\n", "- id: infra\n", "domains › infra › id", "is used twice, first on line"),
    ("- id: infra.curr.local", "- id: infra.curr.common", f"{COMMON} › id", "is used twice"),
    ("- id: infra.curr.local", "- id: curr.local", "curr.local › id", "must begin with that of its domain, 'infra.'"),
    ("terms: [common", "termz: [common", f"{COMMON} › termz", "did you mean 'terms'"),
    ("[common curriculum, pacing guide]", "[a term, ' ']", f"{COMMON} › terms › [2]", "is blank"),
    ("[common curriculum, pacing guide]", "[a term, A Term]", f"{COMMON} › terms", "stands here twice"),
    ("[common curriculum, pacing guide]", "[a term, 12]", f"{COMMON} › terms › [2]", "put it in quotes"),
    ("[common curriculum, pacing guide]", "a term", f"{COMMON} › terms", "must be a list, not text"),
    ("weak_terms: [textbook]", "weak_terms: [pacing guide]", f"{COMMON} › weak_terms › [1]", "choose one"),
    ("    unit: share\n", "", "domains › out › indicators › out.rate", "needs its unit"),
    ("parent: out.rate", "parent: out.rat", "out.talk › parent", "did you mean 'out.rate'"),
    ("parent: out.rate", "parent: out.talk", "out.talk › parent", "circle: out.talk → out.talk"),
    ("parent: out.rate", "parent: out.talk.good", "out.talk › parent", "circle: out.talk → out.talk.good → out.talk"),
    ("parent: out.rate", "parent: infra.curr.common", "out.talk › parent", "another domain"),
    ("Praise.", "Praise.\n      parent: out.rate", "out.talk.good › parent", "leave parent out"),
    ("      definition: Own.\n", "", LOCAL, "'definition' is missing"),
    ("input: number", "input: numbers", "conditions › PASSES › input", "did you mean 'number'"),
    ("indicators: [out.rate]", "indicators: [out.raet]", "conditions › PASSES › indicators › [1]", "did you mean"),
    ("indicators: [out.rate]", "indicators: [out.talk]", "conditions › PASSES › indicators › [1]", "is no number"),
    ("indicators: [out.rate]", "indicators: []", "conditions › PASSES › indicators", "exactly one indicator"),
    ("    for: [{code: infra.curr.common}]\n", "", "conditions › COMMON", "'for' is missing"),
    ("{code: infra.curr.common}", "{code: infra.curr.comon}", "conditions › COMMON › for › [1] › code", "did you mean"),
    ("{code: infra.curr.common}", "{code: []}", "conditions › COMMON › for › [1] › code", "is empty"),
    ("{code: infra.curr.common}", "{code: out.rate}", "conditions › COMMON › for › [1] › code", "is a number"),
    ("{code: infra.curr.common}", "{locus: school}", "conditions › COMMON › for › [1]", "'code' is missing"),
    ('{code: "infra.*"', '{code: "infar.*"', "conditions › COMMON › against › [1] › code", "did you mean 'infra.*'"),
    ("locus: school, mode", "locos: school, mode", "conditions › COMMON › against › [1] › locos", "no facet 'locos'"),
    ("locus: school, mode", "locus: schol, mode", "conditions › COMMON › against › [1] › locus", "mean 'school'"),
    ("at: 0.5,", "at: 0.25,", "conditions › COMMON › anchors", "must rise"),
    ("at: 0.75,", "at: 1.75,", "conditions › COMMON › anchors", "between 0 and 1"),
    ("at: 0.75,", "at: null,", "conditions › COMMON › anchors", "some anchors are null"),
    ("at: 0.75,", "at: .nan,", "conditions › COMMON › anchors › in › at", "must be a number"),
    ("at: 0.75, reason: most", "at: 0.75", "conditions › COMMON › anchors › in", "'reason' is missing"),
    (ANCHORS, "anchors: {}", "conditions › COMMON › anchors", "'out' is missing"),
    ("levels: [school]}", "levels: [schools]}", "conditions › COMMON › needs › levels › [1]", "did you mean 'school'"),
    ("sources: 2,", "sources: 0,", "conditions › COMMON › needs › sources", "greater than or equal to 1"),
    ("    degrees: {in: good, out: bad}\n", "", "conditions › GOOD", "'degrees' is missing"),
    ("degrees: {in: good,", "degrees: {inn: good,", "conditions › GOOD › degrees › inn", "not possible"),
    ("  GOOD:\n", "  mean:\n", "conditions › mean", "a word of the rules"),
    ("rule: COMMON * ~PASSES", "rule: COMMON * ~", "types › shared › rule", "expected a condition"),
    ("rule: COMMON * ~PASSES", "rule: COMMON * ~PASES", "types › shared › rule", "did you mean 'PASSES'"),
    ("- id: apart", "- id: shared", "types › shared › id", "is used twice"),
    ("infra: {centre: in,", "infar: {centre: in,", "types › shared › templates › infar", "did you mean 'infra'"),
    ("infra: {centre: in,", "infra: {center: in,", "templates › infra › center", "did you mean 'centre'"),
    ("infra: {centre: in,", "infra: {nobody: in,", "templates › infra › nobody", "no locus of work"),
    ("infra: {centre: in,", "infra: {centre: inn,", "templates › infra › centre", "not possible here"),
    ("modes: {centre: [make]}", "modes: {centre: [mke]}", "types › shared › modes › centre", "did you mean 'make'"),
    ("modes: {centre: [make]}", "modes: {center: [make]}", "types › shared › modes › center", "no locus of work"),
    ("{apart: ", "{appart: ", "discriminates_from › appart", "did you mean 'apart'"),
    ("[{code: infra.curr.local}]", "[{code: infra.loc}]", "disconfirming › patterns › [1] › code", "did you mean"),
    ("rest: {rule: COMMON", "rest: {rule: COMON", "residual_corners › rest › rule", "did you mean 'COMMON'"),
    ("rest: {rule", "shared: {rule", "residual_corners › shared", "is used twice"),
    ("{facet: locus, not_stated: nobody}", "{facet: locs}", "analysis › locus › facet", "did you mean 'locus'"),
    ("not_stated: nobody", "not_stated: noboby", "analysis › locus › not_stated", "did you mean 'nobody'"),
    ("  mode: mode\n", "  mode: mood\n", "analysis › mode", "did you mean 'mode'"),
    ("denies: [absent]", "denies: []", "analysis › stance", "says nothing about absent"),
    ("denies: [absent]", "denies: [absent, present]", "analysis › stance › denies", "already"),
    ("espoused: 0.25}", "espoused: 1.25}", "analysis › actuality › weights › espoused", "less than or equal to 1"),
    ("{enacted: 1, espoused: 0.25}", "{enacted: 1}", "analysis › actuality", "nothing about espoused"),
    ("school_levels: [school]", "school_levels: [scool]", "school_levels › [1]", "did you mean 'school'"),
    ("scale: [-1, 0, 1]", "scale: [-1, 1, 0]", "ratings › scale", "must rise"),
    ('"0": none', '"5": none', "ratings › rules › 5", "no step of the scale"),
    ('"0": none, ', "", "ratings › rules", "says nothing about 0"),
    ("label: Level,", "", "outcome", "'label' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "sentence"), MISTAKES, ids=[f"{m[2]}: {m[3]}" for m in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_field(old: str, new: str, field: str, sentence: str) -> None:
    text = broken(old, new)
    with pytest.raises(FrameworkError) as refused:
        frameworks.loads(text, "mine.yaml")
    told = [line for line in str(refused.value).splitlines() if field in line and sentence in line]
    assert told, str(refused.value)
    number = int(told[0].split("line ", 1)[1].split(",")[0].split(":")[0])
    written = TEXT.count("\n", 0, TEXT.index(old)) + 1
    if new.count("\n") or not new or sentence in ("must rise", "between 0 and 1", "some anchors are null"):
        # Something is missing or does not go together: the line is that on which the part begins.
        assert written - 4 <= number <= written + 1, told
    else:
        assert number == written, told


def test_the_small_file_itself_has_no_mistake() -> None:
    frameworks.loads(TEXT)


def test_line_and_field_are_exact() -> None:
    text = broken("[common curriculum, pacing guide]", "[common curriculum, 7]")
    with pytest.raises(FrameworkError) as refused:
        frameworks.loads(text, "mine.yaml")
    wanted = f"line {line_of(text, 'terms: [common')}, {COMMON} › terms › [2]: 7 must be text — put it in quotes"
    assert wanted in str(refused.value)


def test_all_problems_are_told_together_in_the_order_of_the_file() -> None:
    text = broken("terms: [common", "termz: [common").replace("at: 0.5,", "at: 0.1,").replace("COMMON * ~PASSES", "NIX")
    with pytest.raises(FrameworkError, match="3 problems") as refused:
        frameworks.loads(text, "mine.yaml")
    lines = [int(line.split("line ")[1].split(",")[0]) for line in str(refused.value).splitlines()[1:]]
    assert len(lines) == 3 and lines == sorted(lines)


def test_a_misspelt_key_is_told_once_and_the_rest_is_checked_as_if_it_were_right() -> None:
    text = broken("definition: The same for all.", "defintion: The same for all.").replace("COMMON * ~PASSES", "NIX")
    with pytest.raises(FrameworkError, match="2 problems") as refused:
        frameworks.loads(text)
    assert "did you mean 'definition'" in str(refused.value)
    assert "'definition' is missing" not in str(refused.value)
    assert "no condition 'NIX'" in str(refused.value)


def test_no_more_than_twenty_problems_are_told() -> None:
    many = "".join(f"    key{i}: x\n" for i in range(30))
    with pytest.raises(FrameworkError) as refused:
        frameworks.loads(broken("    label: Common\n", "    label: Common\n" + many))
    assert str(refused.value).count("unknown key") == 20
    assert "and 10 more" in str(refused.value)


def test_a_key_that_stands_twice_is_told_beside_other_mistakes() -> None:
    text = broken("title: A small framework", "title: A small framework\ntitle: Another").replace(
        "language: en", "language: 5"
    )
    with pytest.raises(FrameworkError, match="2 problems") as refused:
        frameworks.loads(text)
    assert f"line {line_of(text, 'title: Another')}, title: the key 'title' stands here twice" in str(refused.value)


def test_a_problem_inside_an_alias_is_told_where_it_was_written() -> None:
    text = broken("for: [{code: infra.curr.common}]", "for: &p [{code: nowhere}]")
    text = text.replace("patterns: [{code: infra.curr.local}]", "patterns: *p")
    with pytest.raises(FrameworkError, match="2 problems") as refused:
        frameworks.loads(text)
    assert str(refused.value).count(f"line {line_of(text, 'code: nowhere')}") == 2


def test_a_facet_that_is_locus_is_needed_before_types_can_have_templates() -> None:
    text = broken("  locus: {facet: locus, not_stated: nobody}\n", "")
    with pytest.raises(FrameworkError, match="needs 'analysis › locus'"):
        frameworks.loads(text)

"""A small framework file in which every kind of part occurs once, and how to break it in one place."""

from __future__ import annotations

TEXT = """\
schema: crosscase-framework/1
id: small
version: 1.0.0
title: A small framework
language: en
case_noun: {one: case, many: cases}
coding_unit: One claim.
prov: inferred
sources:
  SEEN00: {cite: "Author 2000", seen: abstract}
  UNSEEN01: {cite: "Author 2001"}
facets:
  locus:
    question: Who?
    values: {centre: Centre, school: School, nobody: Not stated}
  mode:
    question: What?
    values: {make: Make, use: Use}
  stance:
    question: Is it so?
    default: present
    values: {present: It is, absent: It is not}
  actuality:
    question: Done or said?
    values: {enacted: Done, espoused: Said}
participants:
  levels: {central: Central, school: School}
  roles:
    teacher: {label: Teacher, level: school}
domains:
- id: infra
  name: Infrastructure
  definition: Things that are shared.
  subdomains:
  - id: infra.curr
    name: Curriculum
    indicators:
    - id: infra.curr.common
      name: Common
      definition: The same for all.
      include: adoption
      exclude: standards
      example: We all use it.
      terms: [common curriculum, pacing guide]
      weak_terms: [textbook]
      not_terms: [driver education]
    - id: infra.curr.local
      name: Local
      definition: Own.
      prov: stated SEEN00
- id: out
  name: Results
  definition: What comes of it.
  indicators:
  - id: out.rate
    name: Rate
    definition: Share that passes.
    kind: number
    unit: share
  - id: out.talk
    name: Talk
    definition: What is said of it.
    parent: out.rate
    children:
    - id: out.talk.good
      name: Good talk
      definition: Praise.
dilemmas:
- id: dil.one
  name: One against many
  terms: [one size fits all]
conditions:
  COMMON:
    label: Common
    definition: One approach.
    for: [{code: infra.curr.common}]
    against: [{code: "infra.*", locus: school, mode: [make], stance: present}]
    anchors:
      out: {at: 0.25, reason: few}
      cross: {at: 0.5, reason: half}
      in: {at: 0.75, reason: most}
    needs: {sources: 2, kinds: 1, levels: [school]}
  PASSES:
    label: Passes
    definition: Many pass.
    input: number
    indicators: [out.rate]
    anchors:
      out: {at: null, reason: set by you}
      cross: {at: null, reason: set by you}
      in: {at: null, reason: set by you}
  GOOD:
    label: Good
    definition: People rate it good.
    input: rating
    degrees: {in: good, out: bad}
types:
- id: shared
  name: Shared
  definition: One for all.
  rule: COMMON * ~PASSES
  templates:
    infra: {centre: in, school: out}
  modes: {centre: [make]}
  discriminates_from: {apart: "Who makes it?"}
  disconfirming:
    patterns: [{code: infra.curr.local}]
    notes: [Nobody knows it.]
  exemplars: [{case: A town, prov: recalled UNSEEN01}]
- id: apart
  name: Apart
  definition: Each its own.
  rule: ~COMMON + GOOD
residual_corners:
  rest: {rule: COMMON * PASSES, label: Neither}
analysis:
  locus: {facet: locus, not_stated: nobody}
  mode: mode
  stance: {facet: stance, affirms: [present], denies: [absent]}
  actuality: {facet: actuality, weights: {enacted: 1, espoused: 0.25}}
  school_levels: [school]
evidence_rules:
  degrees: {in: three sources}
  disconfirming_search: [the other side]
ratings:
  scale: [-1, 0, 1]
  rules: {"-1": bad, "0": none, "+1": good}
outcome: {id: level, label: Level, values: [low, high]}
notes:
- a note
- {text: a cited note, prov: stated SEEN00}
"""


def broken(old: str, new: str) -> str:
    """The small file with one piece of text replaced where it stands first."""
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def line_of(text: str, piece: str) -> int:
    """The line on which a piece of text begins."""
    assert piece in text, piece
    return text.count("\n", 0, text.index(piece)) + 1

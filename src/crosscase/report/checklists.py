"""Reporting checklists: which items there are, and who can answer each.

COREQ: Tong, Sainsbury & Craig 2007, International Journal for Quality in Health Care 19:349. SRQR: O'Brien, Harris,
Beckman, Reed & Cook 2014, Academic Medicine 89:1245. The questions are put in our words.
"""

from __future__ import annotations

from dataclasses import dataclass

COREQ = "COREQ, 32 items: Tong, Sainsbury & Craig 2007, International Journal for Quality in Health Care 19:349."
SRQR = "SRQR, 21 items: O'Brien, Harris, Beckman, Reed & Cook 2014, Academic Medicine 89:1245."


@dataclass(frozen=True)
class Item:
    """``origin``: study, form, draft or people; ``form``: the key under ``reporting:`` in study.yaml.

    What the study can tell by itself goes before what was written in the form.
    """

    number: int
    topic: str
    question: str
    origin: str
    form: str = ""


COREQ_ITEMS = (
    Item(1, "Interviewer", "who conducted the interviews", "form", "interviewers"),
    Item(2, "Credentials", "the researchers' degrees", "form", "credentials"),
    Item(3, "Occupation", "what they worked as at the time", "form", "occupation"),
    Item(4, "Gender", "of the researchers", "form", "gender"),
    Item(5, "Experience and training", "of the researchers", "form", "training"),
    Item(6, "Relationship", "whether one existed before the study", "people"),
    Item(7, "Participants' knowledge", "what they knew about the researcher", "people"),
    Item(8, "Interviewer's characteristics", "assumptions, interests, reasons", "people"),
    Item(9, "Orientation and theory", "what underpins the study", "form", "theory"),
    Item(10, "Sampling", "how participants were selected", "form", "sampling"),
    Item(11, "Approach", "how participants were approached", "form", "approach"),
    Item(12, "Sample size", "how many took part", "study"),
    Item(13, "Non-participation", "how many refused or dropped out, and why", "form", "non_participation"),
    Item(14, "Setting", "where data were collected", "form", "setting"),
    Item(15, "Others present", "besides participants and researchers", "form", "others_present"),
    Item(16, "Sample", "its important characteristics", "form", "sample"),
    Item(17, "Interview guide", "questions, prompts, pilot", "form", "interview_guide"),
    Item(18, "Repeat interviews", "whether there were any", "form", "repeat_interviews"),
    Item(19, "Recording", "audio or video", "study", "recording"),
    Item(20, "Field notes", "whether and when they were made", "study"),
    Item(21, "Duration", "of interviews or groups", "study"),
    Item(22, "Saturation", "whether it was discussed", "study"),
    Item(23, "Transcripts returned", "to participants for correction", "form", "transcripts_returned"),
    Item(24, "Number of coders", "who coded the data", "study"),
    Item(25, "Coding tree", "a description of it", "study"),
    Item(26, "Derivation of themes", "in advance or from the data", "study"),
    Item(27, "Software", "used to manage the data", "study"),
    Item(28, "Participant checking", "whether participants gave feedback", "form", "participant_checking"),
    Item(29, "Quotations", "presented and identified", "study"),
    Item(30, "Consistency", "between data and findings", "study"),
    Item(31, "Major themes", "presented clearly", "study"),
    Item(32, "Minor themes", "diverse cases described", "study"),
)

SRQR_ITEMS = (
    Item(1, "Title", "nature and topic of the study", "people"),
    Item(2, "Abstract", "key elements of the study", "people"),
    Item(3, "Problem formulation", "the phenomenon and its significance", "people"),
    Item(4, "Purpose or question", "of the study", "form", "purpose"),
    Item(5, "Approach and paradigm", "and their rationale", "form", "theory"),
    Item(6, "Researchers and reflexivity", "how the researchers bear on the study", "form", "reflexivity"),
    Item(7, "Context", "setting and salient contextual factors", "form", "context"),
    Item(8, "Sampling strategy", "how and why, and when it was sufficient", "form", "sampling"),
    Item(9, "Ethical issues", "approval, consent, confidentiality", "form", "ethics"),
    Item(10, "Data collection", "types of data and procedures", "form", "data_collection"),
    Item(11, "Instruments", "guides, devices, and changes to them", "form", "interview_guide"),
    Item(12, "Units of study", "participants, documents, events", "study"),
    Item(13, "Data processing", "transcription, management, coding, de-identification", "study"),
    Item(14, "Data analysis", "how inferences were made", "study"),
    Item(15, "Trustworthiness", "techniques to enhance it", "study"),
    Item(16, "Synthesis and interpretation", "main findings", "draft"),
    Item(17, "Links to data", "quotes and excerpts that support findings", "study"),
    Item(18, "Integration with prior work", "implications and contribution", "people"),
    Item(19, "Limitations", "trustworthiness and limits of the findings", "draft"),
    Item(20, "Conflicts of interest", "and how they were managed", "form", "conflicts"),
    Item(21, "Funding", "sources and their role", "form", "funding"),
)

#: Keys that ``reporting:`` may have beside those of the items: they enter the methods paragraph on agreement.
METHOD_KEYS = (
    "blinding",
    "coefficient_reason",
    "coder_training",
    "double_coding",
    "adjudication_rule",
    "below_threshold",
    "negotiation",
    "stance_reason",
)
FORM_KEYS = tuple(dict.fromkeys([*(i.form for i in (*COREQ_ITEMS, *SRQR_ITEMS) if i.form), *METHOD_KEYS]))

"""What the word in front of a colon may be: a person, a role, or an ordinary heading such as “Note:”."""

from __future__ import annotations

import re

from crosscase.formats.lexicon import ASKING, LETTERS, NOT_PEOPLE, PARTICLES, ROLES

# A title and a name open the turns of hearings and court records: “Senator Specter. Thank you.”
TITLES = (
    "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Hon|Rev|Sen|Rep|Gov|Senator|Representative|Congressman|Congresswoman|"
    "Delegate|Chairman|Chairwoman|Chairperson|Chair|Vice Chair|Secretary|Governor|Mayor|General|Admiral|Judge|"
    "Justice|Commissioner|Superintendent|Director|President|Trustee|Councilmember|Madam"
)
_WORD = re.compile(r"[^\W_]+(?:[.'’\-][^\W_]+)*\.?")
_CODE = re.compile(r"[A-Z]{1,4}[-_ ]?\d{1,4}[a-zA-Z]?|[A-Z]{2,4}|[A-Z]\.?")
_QUESTION_NUMBER = re.compile(r"[qa]\s?\d{1,3}[a-z]?", re.IGNORECASE)
_COLUMN_GAP = re.compile(r"\s{2,}\S")
_IN_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_TITLED = re.compile(rf"(?:(?:{TITLES})\.?\s+)+(?=[^\W\d_])")
MAX_LABEL = 60


def key(label: str) -> str:
    """One form for the spellings of a label: case, spaces, marks around it and a note in brackets do not count.

    >>> key("  INTERVIEWER 1 (by phone) "), key("**Ann:**")
    ('interviewer 1', 'ann')
    """
    bare = _IN_BRACKETS.sub("", label.strip().strip("*_ \t:："))
    return " ".join((bare or label).split()).casefold()


def role_of(label: str) -> str | None:
    """The role word of a label (“Teacher 2” → “teacher”, “I1” → “i”), or None for a name.

    >>> role_of("Interviewer 1"), role_of("P07"), role_of("Board Member"), role_of("Pam Costa")
    ('interviewer', 'p', 'member', None)
    """
    name = key(label)
    if name in ROLES:
        return name
    if _QUESTION_NUMBER.fullmatch(name):
        return None
    words = name.split()
    numbered = re.fullmatch(r"([^\W\d_]+)[\s#_\-]*\d{1,4}[a-z]?", name)
    if numbered and numbered.group(1) in ROLES:
        return numbered.group(1)
    last_is_mark = len(words) > 1 and (words[-1].isdigit() or len(words[-1]) == 1)
    core = words[:-1] if last_is_mark else words
    # “School principal” is a role, “need students” the end of a sentence.
    begins_low = core[:1] != [] and core[0] not in ROLES and label.strip()[:1].islower()
    if 1 <= len(core) <= 4 and core[-1] in ROLES - LETTERS - NOT_PEOPLE and not begins_low:
        return core[-1]
    return None


def asks(label: str) -> bool:
    """Whether the label is that of a person who asks the questions."""
    return role_of(label) in ASKING


def is_letter_role(label: str) -> bool:
    """Whether the label is a single letter such as Q, A, I or R, which is a role only beside another one."""
    return key(label) in LETTERS


def is_titled(label: str) -> bool:
    """Whether the label is a title with a name: Mr. Holt, Senator Specter, Chairman Miller."""
    return _TITLED.match(label) is not None


def words_of(label: str) -> list[str]:
    """The words of a label, without titles, dots and what stands in brackets."""
    bare = _IN_BRACKETS.sub("", label)
    return [word.rstrip(".") for word in _WORD.findall(_TITLED.sub("", bare))]


def is_ordinary(label: str) -> bool:
    """Whether the label is a heading or the start of a sentence rather than a person.

    >>> [is_ordinary(label) for label in ("Note", "Goal 1", "In the end we asked", "Ann Lee", "Dr. O’Brien-Smith")]
    [True, True, True, False, False]
    """
    words = words_of(label)
    if not is_plain(label):
        return True
    if any(word.casefold() in NOT_PEOPLE for word in words):
        return True
    return any(word.islower() and word not in PARTICLES for word in words)


def is_plain(label: str) -> bool:
    """Whether the label could be one at all: a few words without marks, column gaps or the number of a question."""
    if any(mark in label for mark in ',;?!"“”=<>|/\\') or _COLUMN_GAP.search(label.strip()):
        return False
    return 1 <= len(words_of(label)) <= 5 and not _QUESTION_NUMBER.fullmatch(key(label))


def is_code(label: str) -> bool:
    """Whether the label is initials or an identifier: JR, P07, T-12."""
    return _CODE.fullmatch(key(label).upper() if label.isupper() else label.strip()) is not None


def is_name(label: str) -> bool:
    """Whether the label looks like a person's name: one to five words, each with a capital, no other digits."""
    words = words_of(label)
    if not 1 <= len(words) <= 5:
        return False
    return all((word[0].isupper() and word.isalpha()) or _hyphenated(word) or word in PARTICLES for word in words) or (
        # Scripts without case, such as Chinese or Arabic, have short labels.
        all(word.isalpha() and word.lower() == word.upper() for word in words)
    )


def _hyphenated(word: str) -> bool:
    return word[0].isupper() and all(part.isalpha() for part in re.split(r"[.'’\-]", word) if part)

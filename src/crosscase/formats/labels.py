"""What the word in front of a colon may be: a person, a role, or an ordinary heading such as “Note:”."""

from __future__ import annotations

import re

# People who ask. Their turns are questions, not evidence.
ASKING = frozenset(
    """interviewer interviewers interviewerin int intv i q question moderator facilitator researcher host
    entrevistador entrevistadora enquêteur enquêtrice intervieweur intervieweuse interviewende moderatorin""".split()
)
# Roles that label a speaker when the name is kept back; a number or letter may follow (Teacher 2, Participant B).
ROLES = ASKING | frozenset(
    """a r p s respondent respondents participant participants speaker speakers interviewee informant
    answer person voice narrator witness caller audience group all both man woman male female boy girl
    mother father parent parents mom dad guardian student students pupil child teacher teachers principal
    administrator superintendent director coordinator coach counselor consultant manager supervisor chair
    chairman chairwoman chairperson president vice clerk secretary trustee councilmember commissioner mayor
    governor senator representative delegate member board staff expert evaluator observer translator
    interpreter assistant doctor nurse patient professor dean unidentified unknown inaudible crosstalk
    befragter befragte befragtenperson lehrer lehrerin schulleiter schulleiterin entrevistado entrevistada
    profesor profesora professeur enseignant enseignante docente leraar directeur directrice""".split()
)
# Short labels that are roles only in company: "A:" alone is an item of a list.
_LETTERS = frozenset("a i p q r s".split())
# A title and a name open the turns of hearings and court records: “Senator Specter. Thank you.”
TITLES = (
    "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Hon|Rev|Sen|Rep|Gov|Senator|Representative|Congressman|Congresswoman|"
    "Delegate|Chairman|Chairwoman|Chairperson|Chair|Vice Chair|Secretary|Governor|Mayor|General|Admiral|Judge|"
    "Justice|Commissioner|Superintendent|Director|President|Trustee|Councilmember|Madam"
)
# What stands before a colon in minutes, plans and notes and is never a speaker.
NOT_PEOPLE = frozenset(
    """note notes source sources goal goals definition metric metrics data date time location place address
    subject re from to cc bcc sent example examples figure table chart title summary abstract introduction
    conclusion conclusions background purpose warning caution important tip remark remarks comment comments
    motion moved seconded action actions agenda item items topic topics section chapter part step phase task
    objective objectives strategy strategies rationale finding findings recommendation recommendations present
    absent ayes noes nays abstain abstentions vote votes attendance minutes hearing budget funding cost total
    phone telephone tel fax email e-mail website web url http https www page pages video audio transcript
    file name names version copyright keywords contact school district county city state department program
    plan report year month week day deadline status type category code codes domain theme memo quote
    reference references appendix attachment attachments exhibit result results outcome outcomes response
    yes no and or but so because however therefore also first second third finally next then thus
    questions answers instructions description overview details contents discussion update updates""".split()
)
_NAME_PARTICLES = frozenset("de da do dos del della der den di du la le van von y e el al bin ibn of the st".split())
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
    if 1 <= len(core) <= 4 and core[-1] in ROLES - _LETTERS - NOT_PEOPLE and not begins_low:
        return core[-1]
    return None


def asks(label: str) -> bool:
    """Whether the label is that of a person who asks the questions."""
    return role_of(label) in ASKING


def is_letter_role(label: str) -> bool:
    """Whether the label is a single letter such as Q, A, I or R, which is a role only beside another one."""
    return key(label) in _LETTERS


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
    return any(word.islower() and word not in _NAME_PARTICLES for word in words)


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
    return all(
        (word[0].isupper() and word.isalpha()) or _hyphenated(word) or word in _NAME_PARTICLES for word in words
    ) or (
        # Scripts without case, such as Chinese or Arabic, have short labels.
        all(word.isalpha() and word.lower() == word.upper() for word in words)
    )


def _hyphenated(word: str) -> bool:
    return word[0].isupper() and all(part.isalpha() for part in re.split(r"[.'’\-]", word) if part)

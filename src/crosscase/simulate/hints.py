"""What the words of a passage give away: subject, grade band, who speaks.

They only steer which passages are put into one mouth (a first-grade teacher does not talk about her chemistry labs);
nothing here is used by an analysis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SUBJECTS = {
    "literacy": re.compile(
        r"\b(read(?:ing|ers?)?|writ(?:ing|ers?)|literacy|phonics|novels?|essays?|vocabulary|spelling|poetry|poems?|"
        r"English department|retell(?:ing)?|decod(?:e|ing)|fluency)\b",
        re.IGNORECASE,
    ),
    "math": re.compile(
        r"\b(math|mathematics|fractions?|algebra|geometry|multiplication|number talks?|decimals|calculus)\b",
        re.IGNORECASE,
    ),
    "science": re.compile(r"\b(science|chemistry|biology|physics|labs?|frogs?)\b", re.IGNORECASE),
    "other": re.compile(r"\b(history|social studies|civics|music|art room|orchestra|Spanish)\b", re.IGNORECASE),
}
# "I read it twice" is no reading lesson.
_NOT_LITERACY = re.compile(
    r"\b(?:I|you|they|we|he|she|to|and|who|people|somebody|nobody|can|I've|could|had|then|it's|gets?|was|were|be|been|"
    r"is)\s+(?:\w+\s+)?(?:read|writing|reading)\b|\bin writing\b|"
    r"\bread(?:s|ing)? (?:it|the|that|them|out|us|aloud|about)\b",
    re.IGNORECASE,
)
_ELEMENTARY = re.compile(
    r"\b(kindergart\w*|(?:first|second|third|fourth|fifth)[- ]grade\w*|elementar\w+|five-year-olds?|story time|phonics|"
    r"on the rug|recess)\b",
    re.IGNORECASE,
)
_SECONDARY = re.compile(
    r"\b((?:seventh|eighth|ninth|tenth|eleventh|twelfth)[- ]grade\w*|high schools?|middle schools?|algebra|chemistry|"
    r"biology|physics|geometry|seniors|freshmen|(?:department|math|science|English|\{subject\}) (?:chairs?|department)|"
    r"(?:my|our|her|his) department|department (?:voted|meetings?)|departments|(?:second|third|fourth) period|"
    r"sixth grade|advisory)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(I|my|we|our|us|me)\b", re.IGNORECASE)
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
            *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
} | {"twenty-two": 22, "thirty": 30, "forty": 40}
_NUMBER = rf"({'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))}|\d\d?|\{{n\}})"
_YEARS = re.compile(rf"(?<!\w){_NUMBER} years?\b(?! (?:ago|old|running))", re.IGNORECASE)
# "Nineteen years in this room", "I've been here nine years": the time in the job, said outright.
_YEARS_IN = re.compile(
    rf"(?<!\w){_NUMBER} years (?:in\b(?! a row)|here\b|of teaching|I've (?:been|taught)|with this|on this)|"
    rf"(?:I've (?:been (?:here|at|a teacher|in)|taught)|I've been doing this)[^.]{{0,40}}? {_NUMBER} years",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:my (?:first|second) year|I(?:'m| am) in my (?:first|second) year|I'm new|I was hired in|"
    r"I (?:only )?started in \{month\}|since I was hired|I(?:'m| am) a first-year)\b"
)
_SPOUSE = re.compile(r"\bmy (husband|wife)\b", re.IGNORECASE)


def subject_of(text: str) -> str:
    """The one subject that a passage names, ``slot`` where a case fills it in, else ``all``.

    >>> subject_of("Every {grade} room is on fractions."), subject_of("They read the memo."), subject_of("In {subject}")
    ('math', 'all', 'slot')
    """
    if "{subject}" in text:
        return "slot"
    cleaned = _NOT_LITERACY.sub(" ", text)
    named = [name for name, words in _SUBJECTS.items() if words.search(cleaned)]
    return named[0] if len(named) == 1 else "all"


def band_of(text: str) -> str:
    """``elementary`` or ``secondary`` when the speaker's own school must be one, else ``any``.

    >>> band_of("My first graders love it."), band_of("My department voted."), band_of("The board voted.")
    ('elementary', 'secondary', 'any')
    """
    young, old = _ELEMENTARY.search(text) is not None, _SECONDARY.search(text) is not None
    if young == old or not _OWN.search(text):
        return "any"
    return "elementary" if young else "secondary"


@dataclass(frozen=True)
class Speaker:
    """What a text gives away about who says it: the least and the most years in the job, the years if it names them,
    and a husband or a wife.
    """

    least: int = 0
    most: int = 99
    years: int = 0
    spouse: str = ""

    def could_be(self, other: Speaker) -> bool:
        """Whether one person could say both.

        >>> speaker_of("Nineteen years in this room.").could_be(speaker_of("It's my first year with my wife gone."))
        False
        """
        if self.spouse and other.spouse and self.spouse != other.spouse:
            return False
        if self.years and other.years and self.years != other.years:
            return False
        return self.least <= other.most and other.least <= self.most

    def and_so(self, other: Speaker) -> Speaker:
        """What is known after both have been said."""
        return Speaker(
            max(self.least, other.least),
            min(self.most, other.most),
            self.years or other.years,
            self.spouse or other.spouse,
        )


def speaker_of(text: str) -> Speaker:
    """What a text gives away about its speaker.

    >>> speaker_of("Nine years in, I still ask my husband."), speaker_of("I was hired in October.")
    (Speaker(least=9, most=9, years=9, spouse='husband'), Speaker(least=0, most=1, years=0, spouse=''))
    """
    spouse = found.group(1).casefold() if (found := _SPOUSE.search(text)) else ""
    if _NEW.search(text):
        return Speaker(0, 2 if "second year" in text else 1, 0, spouse)
    if found := _YEARS_IN.search(text):
        years = _count(found.group(1) or found.group(2))
        return Speaker(years, years, years, spouse)
    spans = [_count(found.group(1)) for found in _YEARS.finditer(text)] if _OWN.search(text) else []
    return Speaker(max(spans, default=0), 99, 0, spouse)


def _count(word: str) -> int:
    return _NUMBER_WORDS.get(word.casefold(), 6) if not word.isdigit() else int(word)

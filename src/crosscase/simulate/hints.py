"""What the words of a passage give away: subject, grade band, a scene of its own.

They only steer which passages are put into one mouth (a first-grade teacher does not talk about her chemistry labs);
nothing here is used by an analysis.
"""

from __future__ import annotations

import re

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
    r"\b(?:I|you|they|we|he|she|to|and|who|people|somebody|nobody|can|I've|could|had|then|it's|gets?|was|were|be|been|is)"
    r"\s+(?:\w+\s+)?(?:read|writing|reading)\b|\bin writing\b|\bread(?:s|ing)? (?:it|the|that|them|out|us|aloud|about)\b",
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
    r"my department|third period|second period|fourth period|sixth grade|advisory)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(I|my|we|our|us|me)\b", re.IGNORECASE)
_FIRST_SENTENCE = re.compile(r"^(.{3,90}?)[.:] ")
_VERB = re.compile(r"\b(is|are|was|were|has|have|had|says?|asks?|sits?|stands?|comes?|opens?|goes|shows?|reads?)\b")


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


def sets_a_scene(text: str) -> bool:
    """Whether a field note begins by saying where it was made.

    >>> sets_a_scene("Staff room, {school}. The principal waits."), sets_a_scene("A teacher asks why. Nobody answers.")
    (True, False)
    """
    first = _FIRST_SENTENCE.match(text)
    return first is not None and not _VERB.search(first.group(1)) and not first.group(1).startswith("'")

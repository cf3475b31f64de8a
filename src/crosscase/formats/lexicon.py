"""The word lists behind ``labels``: who asks, who speaks in a role, and what is never a speaker."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """A set of words written as plain text."""
    return frozenset(words.split())


# People who ask. Their turns are questions, not evidence.
ASKING = word_set("""
    interviewer interviewers interviewerin int intv i q question moderator facilitator researcher host
    entrevistador entrevistadora enquêteur enquêtrice intervieweur intervieweuse interviewende moderatorin
""")

# Roles that label a speaker when the name is kept back; a number or letter may follow (Teacher 2, Participant B).
ROLES = ASKING | word_set("""
    a r p s respondent respondents participant participants speaker speakers interviewee informant
    answer person voice narrator witness caller audience group man woman male female boy girl
    mother father parent parents mom dad guardian student students pupil child teacher teachers principal
    administrator superintendent director coordinator coach counselor consultant manager supervisor chair
    chairman chairwoman chairperson president vice clerk secretary trustee councilmember commissioner mayor
    governor senator representative delegate member board staff expert evaluator observer translator
    interpreter assistant doctor nurse patient professor dean unidentified unknown inaudible crosstalk
    befragter befragte befragtenperson lehrer lehrerin schulleiter schulleiterin entrevistado entrevistada
    profesor profesora professeur enseignant enseignante docente leraar directeur directrice
""")

# Short labels that are roles only in company: "A:" alone is an item of a list.
LETTERS = word_set("a i p q r s")

# What stands before a colon in minutes, plans and notes and is never a speaker.
NOT_PEOPLE = word_set("""
    note notes source sources goal goals definition metric metrics data date time location place address
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
    questions answers instructions description overview details contents discussion update updates
""")

# Small words inside names.
PARTICLES = word_set("de da do dos del della der den di du la le van von y e el al bin ibn of the st")

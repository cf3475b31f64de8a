"""Theory as data: read, check and show framework files.

``load("education-systems")`` gives a :class:`crosscase.model.framework.Framework`; so does the path of a file of your
own. Every mistake in a file is told with its line and field. The keys of a file: `docs/reference/framework.md`.
"""

from crosscase.frameworks.loading import available, load, loads, names, text_of
from crosscase.frameworks.show import describe, gaps

__all__ = ["available", "describe", "gaps", "load", "loads", "names", "text_of"]

"""Files of every common kind become sources: text with turns, pages, metadata and warnings; or one sentence why not.

``read_source`` reads one file, ``read_many`` a folder in several processes, ``preview_table`` shows what the columns
of a table look like. ``ReadOptions`` says how. ``SafeZip``, ``check_xml`` and ``parse_xml`` are the doors for archives
and XML.
"""

from __future__ import annotations

from crosscase.formats.many import Outcome, read_many
from crosscase.formats.options import ReadOptions, Roster, TableColumns
from crosscase.formats.preview import ColumnPreview, TablePreview
from crosscase.formats.reading import NamedSource, ReadReport, preview_table, read_source
from crosscase.formats.registry import EXTENSIONS
from crosscase.formats.safe_xml import check_xml, parse_xml
from crosscase.formats.safe_zip import SafeZip, ZipLimits
from crosscase.formats.speakers import Conversation, LabelCount, find_turns

__all__ = [
    "EXTENSIONS",
    "ColumnPreview",
    "Conversation",
    "LabelCount",
    "NamedSource",
    "Outcome",
    "ReadOptions",
    "ReadReport",
    "Roster",
    "SafeZip",
    "TableColumns",
    "TablePreview",
    "ZipLimits",
    "check_xml",
    "find_turns",
    "parse_xml",
    "preview_table",
    "read_many",
    "read_source",
]

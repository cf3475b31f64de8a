"""Theory-driven comparative case studies: from transcripts to evidenced ideal types."""

from __future__ import annotations

__version__ = "0.1.0"

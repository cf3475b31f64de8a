"""Writes docs/reference/framework.schema.json, with which editors check framework files while people type.

python scripts/framework_schema.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crosscase.frameworks.schema import SCHEMA, FrameworkFile

PATH = Path(__file__).resolve().parent.parent / "docs" / "reference" / "framework.schema.json"


def schema_text() -> str:
    """The JSON schema of a framework file, as it stands in the docs."""
    schema = FrameworkFile.model_json_schema(by_alias=True, mode="validation")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if PATH.read_text("utf-8") == schema_text() else 1
    PATH.write_text(schema_text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The study file: schema, migrations, audit log, evidence, full-text search. Only ``services`` write through it."""

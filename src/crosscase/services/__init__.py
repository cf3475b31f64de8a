"""Use cases, one module each; the only place that writes to a study."""

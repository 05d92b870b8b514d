"""The records as files: one module a family of formats; `registry` has them all."""

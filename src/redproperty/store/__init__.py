"""KEEP: tables, migrations, queries by noun, frames for Polars, editions on disk."""

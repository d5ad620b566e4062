"""WRITE: a sheet of named columns as XLSX or CSV; no decisions."""

"""The demo district: invented, fixed, and marked as such."""

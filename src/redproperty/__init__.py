"""Red Property (红色物业): estates rated by the stars, subsidised by them, and none left unmanaged."""

__version__ = "0.1.0"  # the engine that a trace names; the same as in pyproject.toml

"""The shapes of a step: how earlier columns become the next figure of an estate."""

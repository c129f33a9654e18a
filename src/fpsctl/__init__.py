"""fpsctl: the open toolkit for vendors of French parking software (éditeurs de solution FPS)."""

__version__ = "0.1.0"

"""The whole chain in one go: lives of dossiers, start-up on the embedded SI FPS, exchanges, self-certification."""

from fpsctl.demo.run import Told, next_steps, run

__all__ = ["Told", "next_steps", "run"]

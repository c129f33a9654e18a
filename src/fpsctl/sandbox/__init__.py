"""The embedded SI FPS: a faithful local one for tests, with its own authority and its own clocks. Not the State."""

"""The steps of the main job; each gathers, decides by a pure function, and applies."""

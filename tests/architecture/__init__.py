"""What must hold of the source itself: its size, its words, its imports and its names."""

"""What must hold of the client of TikTok Shop, shown against small hand-written servers."""

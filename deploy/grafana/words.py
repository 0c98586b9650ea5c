"""The words of the metrics' labels, as a shop operations manager reads them, and their colours."""

CAUSES = {
    "shortage": ("not enough goods", "red"),
    "late_order": ("order that may ship too late", "orange"),
    "unsettled_write": ("quantity not yet proven", "purple"),
    "decline": ("goods that may go missing", "light-yellow"),
    "stale_feed": ("old stock report", "yellow"),
    "race": ("two shops sell the same unit", "blue"),
    "stranded_listing": ("cannot be lowered", "dark-blue"),
    "unmapped_sku": ("listing without an item", "light-orange"),
    "already_cancelled": ("already cancelled", "semi-dark-red"),
}
"""Why an order may have to be cancelled."""

GUARD_STATES = {
    "open": ("open", "green"),
    "throttled": ("a few at a time", "yellow"),
    "paused": ("paused", "orange"),
    "held": ("held by a person", "blue"),
    "stranded": ("cannot be written", "red"),
}
"""What the guard lets a listing show."""

PUSHES = {
    "answered": ("taken by TikTok", "green"),
    "refused": ("refused by TikTok", "red"),
    "unknown": ("no clear answer", "orange"),
}
"""How a call that sends quantities ended."""

SWITCH = {0: ("off", "orange"), 1: ("on", "green")}
TROUBLE = {0: ("none", "transparent"), 1: ("yes", "red")}
UNSCHEDULED = {-1: ("no schedule", "transparent")}
"""The lateness of a feed of which nobody said how often it is to be expected."""

"""Everything that must hold, as tests; the folders mirror the three packages of the product."""

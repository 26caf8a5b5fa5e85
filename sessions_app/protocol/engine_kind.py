# Engines whose events an external program writes: they run from a command line only.
EXTERNAL = frozenset({"exec", "recording"})

"""For the tests of the core and of all plugins."""

from hypothesis import settings

# The same examples on every machine, however busy it is.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

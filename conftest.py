"""For the tests of the core and of all plugins."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("hwsynth", deadline=None)
settings.load_profile("hwsynth")

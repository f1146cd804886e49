"""--callback NAME, and its options among those of --set."""

from __future__ import annotations

from collections.abc import Sequence

from hwsynth.contracts import Callback
from hwsynth.errors import UsageError
from hwsynth.plugins import Plugins
from hwsynth.settings import build_options, parse_assignments
from hwsynth.watching import able

NONE = "none"
"""What `--callback none` gives: nothing watches."""


def chosen_callbacks(
    names: Sequence[str], assignments: Sequence[str], plugins: Plugins
) -> tuple[list[Callback], tuple[str, ...]]:
    """The callbacks of these names with their options, and the assignments that are not theirs.

    Raises UsageError where a name is unknown, options are given of one that is not chosen, or one
    cannot watch.
    """
    if NONE in names and len(names) > 1:
        raise UsageError("--callback none leaves nothing to watch; give it alone, or leave it out")
    wanted = [] if NONE in names else list(dict.fromkeys(names))
    components = {name: plugins.component("callback", name) for name in wanted}
    known = plugins.names("callback")
    own = [given for given in assignments if given.partition(".")[0] in known]
    options = parse_assignments(own)
    for name in options:
        if name not in wanted:
            raise UsageError(
                f"--set {name}.… is of a callback that does not watch this run; add "
                f"--callback {name}"
            )
    callbacks = [
        build_options(component, options.get(name, {}), section=name)
        for name, component in components.items()
    ]
    return able(callbacks), tuple(given for given in assignments if given not in own)

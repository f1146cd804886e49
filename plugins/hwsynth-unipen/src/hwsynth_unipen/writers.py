"""Who wrote a file: a hash, since ids are often people's names; and the split it gives."""

from __future__ import annotations

import re
from hashlib import blake2b

_INSTITUTIONS = {
    **dict.fromkeys(("apa", "apb", "apc", "apd", "ape", "app"), "apple"),
    **dict.fromkeys(("bba", "bbb", "bbc", "bbd"), "bbn"),
    **dict.fromkeys(("cea", "ceb", "cec", "ced", "cee"), "cedar"),
    **dict.fromkeys(("hpb", "hpp", "sta"), "hp"),
}
"""Contributors that share writers: the same person has the same id in several."""


def writer_of(contributor: str, writer_id: bytes | None) -> str:
    """Eight hexadecimal digits. All of a contributor's files that name no writer are taken as
    one writer's, so that no one can be in two splits."""
    institution = _INSTITUTIONS.get(contributor, contributor)
    person = _person(institution, (writer_id or b"").decode("iso-8859-1"))
    return blake2b(f"{institution}/{person}".encode(), digest_size=4).hexdigest()


def _person(institution: str, writer_id: str) -> str:
    person = " ".join(writer_id.casefold().split())
    if institution != "apple":
        return person
    # A name is written Jo_Doe, JoDoe, Jo_Doe_2 and textJoDoeSplit.
    return re.sub("[^a-z]", "", re.sub("^text(.*)split$", r"\1", person))


def split_of(writer: str) -> str:
    """About 85, 7.5 and 7.5 in a hundred writers, by the hash."""
    place = int(writer, 16) / 16 ** len(writer)
    return "train" if place < 0.85 else "validation" if place < 0.925 else "test"

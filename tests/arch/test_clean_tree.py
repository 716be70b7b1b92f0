"""What a committed file must not hold: addresses of package indexes, paths of one machine."""

import re

# Put together from pieces, so that this file does not find itself.
FORBIDDEN = {
    "a package index": re.compile(
        "|".join(
            (
                "py" + r"pi\.org",
                "python" + r"hosted\.org",
                "index" + "-url http",
                "extra" + "-index-url",
            )
        )
    ),
    "a path of one machine": re.compile(
        r"/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/[a-z]+|U" + r"sers/[A-Z]\w+)/"
    ),
    "a private key": re.compile("BEGIN (?:RSA |EC )?PRIVATE" + " KEY"),
}


def complaints(name: str, text: str) -> list[str]:
    """One sentence per forbidden thing found, with its line."""
    return [
        f"{name}:{number}: {what}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def test_committed_files_name_no_registry_and_no_machine(committed, root):
    """A clone works anywhere: nothing in it points at one workplace."""
    found = []
    for path in committed:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += complaints(path.relative_to(root).as_posix(), text)
    assert found == []


def test_planted_addresses_are_seen():
    """The rule recognises what it forbids."""
    assert complaints("x", "--index" + "-url ht" + "tps://x.example/simple")
    assert complaints("x", "see py" + "pi.org") == ["x:1: a package index"]
    assert complaints("x", "cd /wo" + "rk/main") == ["x:1: a path of one machine"]
    assert complaints("x", "networking, /homepage, /rooting, the index-url option") == []


def test_locks_hold_a_hash_for_every_package(root):
    """Each pinned package carries hashes, so an installation is the one that was tested."""
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        entries = re.split(r"\n(?=\S)", (root / name).read_text(encoding="utf-8"))
        pins = [entry for entry in entries if re.match(r"[A-Za-z0-9]", entry)]
        assert pins
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []

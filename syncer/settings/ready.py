"""The ready-made policies that ship with the program, ``use:``, and ``preset:``.

What: lays a policy over the one it starts from, a country's preset between the two, and adds ready
policies that are used by name.
Not here: their content (``syncer/defaults/policy-*.yaml``, ``preset-*.yaml``).
"""

from collections.abc import Iterator
from dataclasses import replace
from importlib import resources

from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.tree import Node, child, merge, said
from syncer.settings.yamltree import parse

READY = ("gentle", "standard", "key-accounts")
PRESETS = ("au", "ca", "de", "fr", "nl", "uk", "us")
CHAIN_MAX = 8
DEFAULT_POLICY = "standard"


def ready_policy(name: str) -> Node:
    """A ready policy's tree."""
    text = resources.files("syncer").joinpath("defaults", f"policy-{name}.yaml").read_bytes()
    return parse(text, f"ready policy {name}")


def preset(name: str) -> Node:
    """A country's preset: the keys that it sets."""
    text = resources.files("syncer").joinpath("defaults", f"preset-{name}.yaml").read_bytes()
    return parse(text, f"preset {name}")


def expand(root: Node, problems: Problems) -> Node:
    """``root`` with every ``use`` laid out and the ready policies that ledgers name."""
    written = child(root, "policies")
    own = written.value if written is not None and isinstance(written.value, dict) else {}
    if written is not None and written.value is not None and not isinstance(written.value, dict):
        return root
    laid_out = {name: _lay_out(name, own, problems) for name in own}
    for name in _named(root):
        if name in READY and name not in laid_out:
            laid_out[name] = ready_policy(name)
    base = written or replace(root, value={})
    return replace(root, value={**root.value, "policies": replace(base, value=laid_out)})


def _lay_out(name: str, own: dict[str, Node], problems: Problems) -> Node:
    """The policy ``name`` over its chain of ``use``, the farthest first."""
    layer = own[name]
    layers = [layer, *_preset_of(layer)]
    seen = {name}
    for _ in range(CHAIN_MAX):
        use = child(layer, "use")
        if use is None or not isinstance(use.value, str):
            break
        if use.value in own and use.value not in seen:
            seen.add(use.value)
            layer = own[use.value]
        elif use.value in READY:
            layer = ready_policy(use.value)
        else:
            problems.add(("policies", name, "use"), _cannot_use(use, own, seen))
            layer = ready_policy(DEFAULT_POLICY)  # so that only this mistake is told
        layers += [layer, *_preset_of(layer)]
    return _stack(layers)


def laid_over(base: Node, layer: Node) -> Node:
    """``layer`` over ``base``, the preset that it names between the two."""
    return _stack([layer, *_preset_of(layer), base])


def _preset_of(layer: Node) -> list[Node]:
    """The preset that a policy names, to lie just below it; a wrong name is told elsewhere."""
    named = child(layer, "preset")
    return [preset(named.value)] if named is not None and named.value in PRESETS else []


def _stack(layers: list[Node]) -> Node:
    *above, result = layers
    for layer in reversed(above):
        result = merge(result, layer)
    return result


def _cannot_use(use: Node, own: dict[str, Node], seen: set[str]) -> str:
    if use.value in seen:
        return f"the policy {said(use)} is built on itself; remove one 'use'"
    return f"there is no policy {said(use)}{did_you_mean(str(use.value), [*own, *READY])}"


def _named(root: Node) -> Iterator[str]:
    ledgers = child(root, "ledgers")
    for ledger in ledgers.value if ledgers is not None and isinstance(ledgers.value, list) else ():
        policy = child(ledger, "policy")
        yield str(policy.value) if policy is not None and policy.value else DEFAULT_POLICY

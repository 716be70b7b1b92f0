"""A policy by its name: one of the configuration's, or a ready one."""

from syncer.errors import ConfigError
from syncer.policy.rules import Policy
from syncer.settings.policies import PolicySettings
from syncer.settings.problems import did_you_mean
from syncer.settings.ready import READY, ready_policy
from syncer.settings.root import Settings
from syncer.settings.rulebook import to_policy
from syncer.settings.tree import plain


def named_policy(settings: Settings, name: str) -> Policy:
    """The policy called ``name``. Raises ConfigError when there is none."""
    if name in settings.policies:
        return settings.policy(name)
    if name in READY:
        return ready_rules(name)
    known = sorted({*settings.policies, *READY})
    raise ConfigError(f"there is no policy '{name}'{did_you_mean(name, known)}")


def ready_rules(name: str) -> Policy:
    """The ready policy called ``name``, which needs no configuration. ConfigError for another."""
    if name not in READY:
        raise ConfigError(
            f"there is no ready policy '{name}'{did_you_mean(name, list(READY))}; one of your own "
            "needs its configuration: name the file with --config"
        )
    return to_policy(name, PolicySettings.model_validate(plain(ready_policy(name))))

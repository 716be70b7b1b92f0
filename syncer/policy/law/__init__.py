"""What the law says, as dated and sourced data apart from anybody's policy.

The YAML files beside this module are the packs; ``syncer.settings.lawpacks`` reads them.
Engineering input, not legal advice: a row that no person has compared with its primary source is
``unverified`` and carries no claim to money.
"""

"""The imperative shell: pulls facts, asks the policy, delivers effects. Speaks to ports only."""

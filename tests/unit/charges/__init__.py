"""The rules of law packs and of charges."""

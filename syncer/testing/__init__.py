"""The kit that ships for those who write adapters: suites to run against their own code."""

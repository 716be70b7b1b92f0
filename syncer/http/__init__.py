"""The only way out to the network: one client with deadlines, retries, pacing and OAuth."""

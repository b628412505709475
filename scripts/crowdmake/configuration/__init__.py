"""What the user says: config.yaml, HIT properties, qualifications, each checked."""

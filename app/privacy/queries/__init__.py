"""Reading for privacy: what an erasure reaches, what stands against it, what is known of a person."""

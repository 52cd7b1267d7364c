"""What a bundle, a proof and a trust file look like: bytes from values."""

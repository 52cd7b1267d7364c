"""The acts of the LRS: credentials given and revoked, statements received; and the storing that acts and feed share."""

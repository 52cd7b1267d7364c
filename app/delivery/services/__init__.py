"""The acts of delivery, and the work a worker does between them."""

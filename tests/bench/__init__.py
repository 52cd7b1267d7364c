"""What the figures of the project are measured with: `python -m tests.bench`, and the material it needs."""

"""Settings, read once into a frozen object; the exercise library; the competency framework; the xAPI profile."""

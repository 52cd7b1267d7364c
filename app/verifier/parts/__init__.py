"""The parts of the verifier; app/verifier/build.py joins them into one file, in which their names must be unique."""

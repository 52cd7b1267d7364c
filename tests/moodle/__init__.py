"""The plug-in for Moodle and the Moodle kind of target, against a simulator and, where one is named, a real Moodle."""

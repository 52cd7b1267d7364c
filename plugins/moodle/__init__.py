"""The plug-in for Moodle: PHP that Moodle runs, never Cahier, and what packs it for installation."""

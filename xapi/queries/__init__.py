"""Reading the LRS."""

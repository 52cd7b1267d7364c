"""Pure decisions of the notebook: its words, states, how typed values are read, and the sheet that entries make."""

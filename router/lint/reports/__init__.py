"""One module per output format of `lint`; each renders the findings of all files to one text."""

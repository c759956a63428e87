"""One module per output format of `test`. A report says something when a run begins, after each test, and at the end."""

"""One module per workflow state or event, named as its function and its state are."""

"""DO: everything that changes the record, one function per thing a person can do."""

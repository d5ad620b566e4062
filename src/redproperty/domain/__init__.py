"""DECIDE: the rules, the scores, the stars and the money as pure functions; told everything, asking nothing."""

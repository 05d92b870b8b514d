"""What onboarding knows and decides: pure values and functions, the standard library alone."""

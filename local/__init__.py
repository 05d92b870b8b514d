"""The local world: everything that onboarding runs on, on loopback, with a clock that can hurry."""

"""Ticket systems: how each signs what it sends."""

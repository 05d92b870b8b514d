"""Implementations of the ports: Amazon SES, DNS, DynamoDB, mail, tickets, and in-memory doubles."""

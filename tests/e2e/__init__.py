"""The real template on the embedded AWS with its roles enforced, real DNS, a real SMTP server."""

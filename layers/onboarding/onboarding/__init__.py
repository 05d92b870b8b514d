"""Onboarding of sending domains: from a ticket to verified DKIM, SPF and DMARC on Amazon SES."""

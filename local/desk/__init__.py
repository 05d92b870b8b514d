"""A ticket system for the local world: it speaks the write-back APIs of Zendesk, Freshdesk and Jira
Service Management, sends their webhooks, signed as they sign them, and shows its tickets on a page.
"""

"""Service Quotas on loopback, as far as SES's sending rate goes: the real wire protocol (AWS JSON).

Run it with `python -m local.quotas --help`. An increase that is asked for stays pending until the
reviewer at AWS, played here, decides: after `--decides-after` simulated seconds, or at once when a
test says so by `POST /decide {"status": "APPROVED"}`.
"""

"""Amazon SES v2 on loopback: the real wire protocol, the real states, verified by real DNS.

Run it with `python -m local.ses --help`. What it answers comes from botocore's own service model,
so any SDK or the `aws` command works on it with `--endpoint-url`.
"""

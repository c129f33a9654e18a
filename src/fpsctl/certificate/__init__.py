"""The certificate of a town, from the request to its activation: requested, deposited, activated, followed."""

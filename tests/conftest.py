"""Settings of the property tests.

It defines no fixtures: what a test needs stands next to the test.
"""

from hypothesis import HealthCheck, settings

# `make test` draws the same examples every time, so that a failure is a change and not a chance.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# `make soak` looks for what nobody has seen yet.
settings.register_profile(
    "soak",
    deadline=None,
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")

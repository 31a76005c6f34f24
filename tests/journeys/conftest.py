"""The steps assert as tests do, so their failures are explained as tests' failures are."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"tests.journeys.{name}"
        for name in ("steps", "intake", "panel", "scoring", "chairing", "defending", "closing")
    )
)

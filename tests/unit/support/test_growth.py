"""The measure of growth tells linear work from quadratic work."""

from tests.support.growth import growth


def linear(size: int) -> int:
    """Add numbers."""
    return sum(number * number for number in range(size))


def quadratic(size: int) -> int:
    """Add them again for each of them."""
    return sum(sum(range(number)) for number in range(size))


def test_linear_work_doubles() -> None:
    """Twice the input takes about twice the time."""
    assert 1.4 < growth(linear, 20_000) < 3


def test_quadratic_work_is_seen() -> None:
    """Twice the input takes about four times the time."""
    assert growth(quadratic, 500) > 3


def test_making_the_input_is_not_measured() -> None:
    """A quadratic preparation does not count."""
    assert growth(linear, 2_000, make=lambda size: size + 0 * quadratic(size // 10)) < 3

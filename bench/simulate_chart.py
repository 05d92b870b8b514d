"""The simulation as a picture: the delay by the time that the customer took, and the cost."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

Curve = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 860, 470
LEFT, TOP, RIGHT, BOTTOM = 80, 50, 520, 400
X_TICKS: Final = ((60, "1 min"), (600, "10 min"), (3600, "1 h"), (36000, "10 h"), (345600, "4 d"))
Y_TICKS: Final = ((30, "30 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (21600, "6 h"))
X_RANGE, Y_RANGE = (60.0, 1.2e6), (25.0, 30000.0)
COLOURS: Final = ("#0b6e4f", "#b23a48", "#e09f3e", "#7d5ba6", "#2f6690", "#6c757d")


def chart(curves: Mapping[str, Curve], dollars: Mapping[str, float]) -> str:
    """An SVG document; the first curve is drawn as the one that matters."""
    body = [
        *_frame(),
        *_curves(curves),
        *_costs(dollars),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">\n'
        "<title>Delay and cost of an onboarding by our schedule and by fixed intervals</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _x(seconds: float) -> float:
    return LEFT + (RIGHT - LEFT) * _share(seconds, X_RANGE)


def _y(seconds: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * _share(seconds, Y_RANGE)


def _share(value: float, within: tuple[float, float]) -> float:
    low, high = (math.log(edge) for edge in within)
    return min(1.0, max(0.0, (math.log(max(value, 1e-9)) - low) / (high - low)))


def _text(x: float, y: float, text: str, **style: str) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="1"/>'
    )


def _frame() -> Iterator[str]:
    yield _text(LEFT, 28, "From publishing to verified, median", font_size="15")
    for seconds, name in X_TICKS:
        yield _line(_x(seconds), TOP, _x(seconds), BOTTOM, "#e3e6e8")
        yield _text(_x(seconds), BOTTOM + 18, name, text_anchor="middle")
    for seconds, name in Y_TICKS:
        yield _line(LEFT, _y(seconds), RIGHT, _y(seconds), "#e3e6e8")
        yield _text(LEFT - 8, _y(seconds) + 4, name, text_anchor="end")
    yield _text((LEFT + RIGHT) / 2, BOTTOM + 40, "time the customer took", text_anchor="middle")


def _curves(curves: Mapping[str, Curve]) -> Iterator[str]:
    for number, (name, curve) in enumerate(curves.items()):
        points = " ".join(f"{_x(took):.1f},{_y(delay):.1f}" for took, delay in curve)
        colour, width = COLOURS[number % len(COLOURS)], 3.5 if number == 0 else 1.5
        yield (
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}">'
            f"<title>{escape(name)}</title></polyline>"
        )


def _costs(dollars: Mapping[str, float]) -> Iterator[str]:
    left, full = 560, 130
    yield _text(left, 28, "Cost of a domain at AWS", font_size="15")
    low, high = math.log(0.001), math.log(max(*dollars.values(), 0.01))
    for number, (name, each) in enumerate(dollars.items()):
        y = TOP + 20 + number * 56
        share = max(0.03, (math.log(max(each, 0.001)) - low) / (high - low))
        colour = COLOURS[number % len(COLOURS)]
        yield _text(left, y, name, font_weight="bold" if number == 0 else "normal")
        yield (
            f'<rect x="{left}" y="{y + 6}" width="{full * share:.1f}" height="14" fill="{colour}"/>'
        )
        yield _text(left + full * share + 8, y + 18, f"{each:.4f} USD")
    yield _text(left, BOTTOM + 18, "logarithmic scales", fill="#6c757d")

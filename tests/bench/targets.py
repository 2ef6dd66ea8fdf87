"""What a benchmark is to reach, and whether it does."""


class Targets:
    """Order: at_least() and at_most() for each, then text()."""

    def __init__(self):
        self._rows = []  # (what, value, the bound as text, whether it is reached)

    def at_least(self, what, value, bound):
        self._rows.append((what, value, f">= {bound}", value >= bound))

    def at_most(self, what, value, bound):
        self._rows.append((what, value, f"<= {bound}", value <= bound))

    def text(self):
        width = max(len(what) for what, *_ in self._rows)
        lines = [
            f"{what.ljust(width)}  {value:8.2f}  {bound:7}  {'reached' if ok else 'NOT reached'}"
            for what, value, bound, ok in self._rows
        ]
        return "To reach\n" + "\n".join(lines) + "\n"

"""The figures of a benchmark as a table: medians of several rounds, and how they compare."""

import statistics


class Table:
    """Rows of one figure for both sides. Order: add() for every round, then text()."""

    def __init__(self, title):
        self._title = title
        self._rows = {}  # (what, unit) -> {side: [value of each round]}

    def add(self, what, unit, side, value):
        self._rows.setdefault((what, unit), {}).setdefault(side, []).append(value)

    def median(self, what, side):
        (found,) = [sides[side] for (row, _), sides in self._rows.items() if row == what]
        return statistics.median(found)

    def sides(self, what):
        (found,) = [list(sides) for (row, _), sides in self._rows.items() if row == what]
        return found

    def text(self):
        """Every row: the unit, the median of each side, and Postern's share of each other one's."""
        sides = []
        for row in self._rows.values():
            sides += [side for side in row if side not in sides]
        others = [side for side in sides if side != "postern"]
        head = ["", "unit", *sides, *(f"/ {other}" for other in others)]
        lines = [head]
        for (what, unit), row in self._rows.items():
            medians = {side: statistics.median(values) for side, values in row.items()}
            ratios = [
                f"{medians['postern'] / medians[other]:.2f}"
                if "postern" in medians and medians.get(other)
                else ""
                for other in others
            ]
            lines.append([what, unit, *(_number(medians.get(side)) for side in sides), *ratios])
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        body = "\n".join(
            "  ".join(
                cell.ljust(width) if column < 2 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths))
            ).rstrip()
            for line in lines
        )
        return f"{self._title}\n{body}\n"


def _number(value):
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"

import { el, svg } from "/dom.js";
import { day, messages, number, seconds, time, word } from "/words.js";

const WIDTH = 600;
const HEIGHT = 136;
const BASE = HEIGHT - 18;
const TOP = 8;
const FEW = 24;

function frame(alt, ...children) {
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": alt },
    svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: BASE + 0.5, y2: BASE + 0.5 }),
    ...children,
  );
}

function ends(left, right) {
  return el("div", { class: "ends small soft" }, el("span", {}, left), el("span", {}, right));
}

export function days(counts) {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return [el("p", { class: "soft" }, word("chart_none"))];
  const top = Math.max(...counts);
  const step = WIDTH / counts.length;
  const today = new Date();
  const date = (place) => {
    const one = new Date(today);
    one.setDate(one.getDate() - (counts.length - 1 - place));
    return one;
  };
  const bars = counts.map((count, place) => {
    const height = count === 0 ? 2 : Math.max(3, ((BASE - TOP) * count) / top);
    return svg(
      "rect",
      {
        class: count === 0 ? "bar none" : "bar", x: (place * step + step * 0.15).toFixed(1), y: (BASE - height).toFixed(1),
        width: (step * 0.7).toFixed(1), height: height.toFixed(1), rx: 2,
      },
      svg("title", {}, `${day(date(place))}: ${messages(count)}`),
    );
  });
  const alt = word("chart_days_alt", messages(total), number(counts.at(-1)));
  return [
    el("p", { class: "small soft" }, alt),
    frame(alt, ...bars),
    ends(day(date(0)), word("today")),
  ];
}

export function polls(list) {
  if (list.length === 0) return [el("p", { class: "soft" }, word("chart_none"))];
  const longest = Math.max(...list.map((one) => one.seconds));
  // A few stand at the end, where the latest always is.
  const step = WIDTH / Math.max(list.length, FEW);
  const begin = WIDTH - list.length * step;
  const bars = list.map((one, place) => {
    const height = Math.max(3, ((BASE - TOP) * one.seconds) / Math.max(longest, 0.001));
    const good = one.state === "idle";
    return svg(
      "rect",
      {
        class: good ? "dot" : "dot failed", x: (begin + place * step + step * 0.15).toFixed(1), y: (BASE - height).toFixed(1),
        width: (step * 0.7).toFixed(1), height: height.toFixed(1), rx: 2,
      },
      svg("title", {}, `${time(one.time)}: ${seconds(one.seconds)}, ${messages(one.fetched)}${good ? "" : `, ${word(`state_${one.state}`, "")}`}`),
    );
  });
  const alt = word("chart_polls_alt", number(list.length), seconds(list.at(-1).seconds), seconds(longest));
  return [el("p", { class: "small soft" }, alt), frame(alt, ...bars), ends(list.length < FEW ? "" : time(list[0].time), time(list.at(-1).time))];
}

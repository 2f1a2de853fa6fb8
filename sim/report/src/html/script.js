"use strict";
(() => {
const ACROSS = 10000, DOWN = 4000, SVG = "http://www.w3.org/2000/svg";
document.documentElement.classList.add("scripted");
const tip = document.getElementById("tip");
const make = (name, attributes, text) => {
  const element = document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text) element.textContent = text;
  return element;
};
const draw = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text) element.textContent = text;
  return element;
};

// Light and dark.
const theme = make("button", { id: "theme", type: "button" }, "Light / dark");
theme.onclick = () => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme:dark)").matches;
  const now = root.dataset.theme || (dark ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
};
document.querySelector("nav").append(theme);

// Numbers and dates as the page writes them.
const trim = (value) => {
  const size = Math.abs(value), places = size >= 100 ? 0 : size >= 1 ? 2 : 4;
  const text = String(Number(value.toFixed(places)));
  return size >= 10000 ? text.replace(/\B(?=(\d{3})+$)/g, ",") : text;
};
const written = (value, format) =>
  format === "percent" ? trim(Math.round(value * 1000) / 10) + " %" : format === "whole" ? trim(Math.round(value)) : trim(value);
const date = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ") + "Z";

// Labels of a stretch of time: beginnings of hours, days or months.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HOUR = 36e5, DAY = 24 * HOUR;
const two = (number) => String(number).padStart(2, "0");
const dayOf = (d) => `${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]}`;
const timeTicks = (from, to, most) => {
  for (const step of [HOUR / 12, HOUR / 4, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY]) {
    if ((to - from) / step > most) continue;
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const d = new Date(at);
      const hour = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
      ticks.push([at, step < DAY ? `${dayOf(d)} ${hour}` : `${dayOf(d)} ${d.getUTCFullYear()}`]);
    }
    return ticks;
  }
  for (const step of [1, 2, 3, 6, 12, 24, 60, 240]) {
    if ((to - from) / (step * 30.4 * DAY) > most) continue;
    const ticks = [], start = new Date(from);
    let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step;
    for (;; month += step) {
      const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (at > to) return ticks;
      if (at >= from) ticks.push([at, `01 ${MONTHS[month % 12]} ${Math.floor(month / 12)}`]);
    }
  }
  return [];
};
const numberTicks = (from, to, most, format) => {
  let power = 10 ** Math.floor(Math.log10((to - from) / most));
  if (format === "whole") power = Math.max(1, power);
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= (to - from) / most);
  const ticks = [];
  for (let index = Math.ceil(from / step); index * step <= to; index++) ticks.push([index * step, written(index * step, format)]);
  return ticks;
};

// The points of a path; area edges too.
const pointsOf = (d) => {
  const lines = [];
  let line, x = 0, y = 0;
  for (const [, command, rest] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
    const numbers = rest.trim().split(/[ ,]+/).map(Number);
    if (command === "Z") { if (line.length) line.push(line[0]); continue; }
    if (command === "H") x = numbers[0];
    else if (command === "V") y = numbers[0];
    else [x, y] = numbers;
    if (command === "M") lines.push((line = []));
    line.push([x, y]);
  }
  return lines;
};
// Where lines cross an upright: the lowest and the highest place.
const crossing = (lines, at) => {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [[a, b], [c, d]] = [line[i - 1], line[i]];
      if (a === c || at < Math.min(a, c) || at >= Math.max(a, c)) continue;
      const y = b + ((d - b) * (at - a)) / (c - a);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  return low <= high ? [low, high] : null;
};

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.frame = figure.querySelector(".frame");
    this.plot = figure.querySelector(".plot");
    this.kind = this.frame.dataset.x;
    this.from = Number(this.frame.dataset.from);
    this.to = Number(this.frame.dataset.to);
    this.view = [0, ACROSS];
    this.curves = null;
    this.take();
    this.listen();
    if (this.kind !== "names") this.tools();
  }
  // Words of marks are shown by the tip from here on.
  take() {
    this.marks = [];
    for (const title of [...this.plot.querySelectorAll("title")]) {
      const mark = title.parentNode, text = title.textContent;
      title.remove();
      if (mark.tagName === "rect") {
        const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(mark.getAttribute(name)));
        this.marks.push({ x0: x, x1: x + w, y0: y, y1: y + h, text });
      } else {
        const [, x, y, end] = mark.getAttribute("d").match(/M(-?\d+) (-?\d+)(?:V(-?\d+))?/).map(Number);
        this.marks.push({ x0: x, x1: x, y0: y, y1: Number.isNaN(end) ? y : end, text });
      }
    }
  }
  read() {
    this.curves ||= [...this.plot.querySelectorAll("[data-l]")].map((path) => {
      const [zero, one] = path.dataset.y.split(" ").map(Number);
      return { lines: pointsOf(path.getAttribute("d")), zero, one, label: path.dataset.l, format: path.dataset.f };
    });
    return this.curves;
  }
  // Where the plot is on the screen: its own rectangle would reach as far as its marks do.
  box() {
    const frame = this.frame.getBoundingClientRect(), size = this.frame.viewBox.baseVal;
    const at = (name) => Number(this.plot.getAttribute(name));
    const scale = frame.width / size.width;
    const [left, top] = [frame.left + at("x") * scale, frame.top + at("y") * scale];
    return { left, top, width: at("width") * scale, height: at("height") * scale };
  }
  value(x) {
    return this.from + (x / ACROSS) * (this.to - this.from);
  }
  // The words for a place among the marks.
  words(x, y, box) {
    const [from, to] = this.view, out = [];
    const near = [(8 / box.width) * (to - from), (8 / box.height) * DOWN];
    if (this.kind === "time") out.push(date(this.value(x)));
    else if (this.kind !== "names") out.push(`${written(this.value(x), this.kind)} ${this.frame.dataset.label}`);
    for (const curve of this.read()) {
      const found = crossing(curve.lines, x);
      if (!found) continue;
      const of = (place) => written((place - curve.zero) / (curve.one - curve.zero), curve.format);
      const [low, high] = [of(found[1]), of(found[0])];
      out.push(`${curve.label}: ${low === high ? low : `${low} to ${high}`}`);
    }
    const off = (mark) => Math.max(mark.x0 - x, x - mark.x1, 0);
    const hits = this.marks.filter(
      (mark) => off(mark) <= near[0] && y >= mark.y0 - near[1] && y <= mark.y1 + near[1] && mark.text);
    hits.sort((one, other) => off(one) - off(other));
    if (this.curves.length > 4) out.length = Math.min(out.length, 9);
    out.push(...hits.slice(0, 4).map((mark) => mark.text));
    if (hits.length > 4) out.push(`and ${hits.length - 4} more here`);
    return out;
  }
  show(x, y) {
    const box = this.box();
    const [from, to] = this.view;
    const across = from + ((x - box.left) / box.width) * (to - from), down = ((y - box.top) / box.height) * DOWN;
    const words = this.words(across, down, box);
    this.hair ||= this.plot.appendChild(draw("path", { class: "hair" }));
    this.hair.setAttribute("d", this.kind === "names" ? "" : `M${across.toFixed(1)} 0V${DOWN}`);
    tip.textContent = words.join("\n");
    tip.hidden = !words.length;
    const size = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - size.width - 6)) + "px";
    tip.style.top = (y + 18 + size.height > innerHeight ? Math.max(4, y - size.height - 12) : y + 18) + "px";
    this.at = [(x - box.left) / box.width, (y - box.top) / box.height];
  }
  hide() {
    tip.hidden = true;
    this.hair?.setAttribute("d", "");
  }
  listen() {
    const plot = this.plot;
    plot.insertBefore(draw("rect", { width: ACROSS, height: DOWN, fill: "transparent" }), plot.firstChild);
    plot.addEventListener("pointermove", (event) => { this.show(event.clientX, event.clientY); this.stretch(event); });
    plot.addEventListener("pointerleave", () => this.hide());
    plot.addEventListener("pointerdown", (event) => { if (event.button === 0 && event.pointerType === "mouse") this.begin(event); });
    plot.addEventListener("pointerup", (event) => this.finish(event));
    plot.addEventListener("dblclick", () => this.zoom(0, ACROSS));
    plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey || this.kind === "names") return;
      event.preventDefault();
      this.scale(event.deltaY < 0 ? 0.7 : 1 / 0.7, this.place(event));
    }, { passive: false });
    const scroll = this.figure.querySelector(".scroll");
    scroll.addEventListener("keydown", (event) => this.key(event));
    scroll.addEventListener("blur", () => this.hide());
  }
  place(event) {
    const box = this.box();
    return this.view[0] + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (this.view[1] - this.view[0]);
  }
  // Dragging chooses a stretch.
  begin(event) {
    if (this.kind === "names") return;
    this.start = this.place(event);
    this.plot.setPointerCapture(event.pointerId);
    this.band = this.plot.appendChild(draw("rect", { class: "drag", y: 0, height: DOWN, x: this.start, width: 0 }));
    event.preventDefault();
  }
  stretch(event) {
    if (!this.band) return;
    const now = this.place(event);
    this.band.setAttribute("x", Math.min(now, this.start));
    this.band.setAttribute("width", Math.abs(now - this.start));
  }
  finish(event) {
    if (!this.band) return;
    this.band.remove();
    this.band = null;
    const [one, other] = [this.start, this.place(event)].sort((a, b) => a - b);
    if (other - one > (this.view[1] - this.view[0]) * 0.02) this.zoom(one, other);
  }
  key(event) {
    const [x, y] = this.at || [0.5, 0.5], far = event.shiftKey ? 0.1 : 0.01;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -0.05], ArrowDown: [0, 0.05] };
    const middle = (this.view[0] + this.view[1]) / 2;
    if (moves[event.key]) {
      const box = this.box(), limit = (value) => Math.min(0.999, Math.max(0.001, value));
      this.show(box.left + limit(x + moves[event.key][0]) * box.width, box.top + limit(y + moves[event.key][1]) * box.height);
    } else if (event.key === "+") this.scale(0.5, middle);
    else if (event.key === "-") this.scale(2, middle);
    else if (event.key === "0") this.zoom(0, ACROSS);
    else if (event.key === "Escape") return this.hide();
    else return;
    event.preventDefault();
  }
  tools() {
    const tools = make("div", { class: "tools" });
    const button = (name, label, act) => {
      const one = make("button", { type: "button", "data-zoom": name, "aria-label": label }, { in: "+", out: "−", all: "all" }[name]);
      one.onclick = act;
      tools.append(one);
    };
    const middle = () => (this.view[0] + this.view[1]) / 2;
    button("in", "Zoom in", () => this.scale(0.5, middle()));
    button("out", "Zoom out", () => this.scale(2, middle()));
    button("all", "Show all", () => this.zoom(0, ACROSS));
    this.figure.querySelector(".scroll").before(tools);
  }
  scale(factor, around) {
    const [from, to] = this.view;
    this.zoom(around - (around - from) * factor, around + (to - around) * factor);
  }
  zoom(from, to) {
    if (this.kind === "names") return;
    const width = Math.min(ACROSS, Math.max(to - from, 2));
    const start = Math.min(Math.max(0, from), ACROSS - width);
    this.view = [start, start + width];
    this.plot.setAttribute("viewBox", `${start} 0 ${width} ${DOWN}`);
    this.axis();
    this.hide();
  }
  axis() {
    const group = this.frame.querySelector(".axis.x"), at = (name) => Number(this.plot.getAttribute(name));
    const [left, top, width, height] = ["x", "y", "width", "height"].map(at);
    const [from, to] = this.view.map((x) => this.value(x));
    const ticks = this.kind === "time" ? timeTicks(from, to, 8) : numberTicks(from, to, 9, this.kind);
    group.replaceChildren();
    for (const [value, label] of ticks) {
      const x = left + ((value - from) / (to - from)) * width;
      group.append(draw("path", { d: `M${x} ${top}V${top + height}` }), draw("text", { x, y: top + height + 19 }, label));
    }
  }
}
document.querySelectorAll("figure.chart").forEach((figure) => new Chart(figure));

// Tables: sorting, filtering, downloading.
const valueOf = (cell) => cell?.dataset.v ?? cell?.textContent ?? "";
const sort = (table, index, head) => {
  const up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
  table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const numeric = head.classList.contains("n");
  const rows = [...body.rows].map((row) => [valueOf(row.cells[index]), row]);
  rows.sort(([one], [other]) => {
    if (one === "" || other === "") return one === other ? 0 : one === "" ? 1 : -1;
    const order = numeric ? Number(one) - Number(other) : one < other ? -1 : one > other ? 1 : 0;
    return up ? order : -order;
  });
  body.append(...rows.map(([, row]) => row));
};
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const save = (table) => {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.dataset.name);
  const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  const lines = [heads, ...rows.map((row) => [...row.cells].map(valueOf))];
  const text = lines.map((cells) => cells.map(quoted).join(",")).join("\n") + "\n";
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = make("a", { href: url, download: table.id.replace("table-", "") + ".csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};
document.querySelectorAll("table.data").forEach((table) => {
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const button = make("button", { type: "button", class: "sort" });
    button.append(...head.childNodes);
    button.title = head.title;
    head.append(button);
    button.onclick = () => sort(table, index, head);
  });
  const bar = make("div", { class: "filter" });
  const label = make("label", {}, "Filter ");
  const field = make("input", { type: "search", "data-for": table.id, "aria-label": "Filter rows" });
  const csv = make("button", { type: "button", class: "csv", "data-for": table.id }, "Download CSV");
  const count = make("span", { class: "count", role: "status" });
  field.oninput = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = words.length ? `${shown} rows` : "";
  };
  csv.onclick = () => save(table);
  label.append(field);
  bar.append(label, csv, count);
  table.closest(".scroll").before(bar);
});

// Print everything, also what is folded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open]):not(.table)")];
  folded.forEach((one) => (one.open = true));
});
addEventListener("afterprint", () => folded.forEach((one) => (one.open = false)));
})();

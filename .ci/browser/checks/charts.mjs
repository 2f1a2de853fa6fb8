// What charts show without being touched: marks, and texts that can be read.

import { PHONE, WIDE, withPage } from "../browser.mjs";

export async function charts({ browser, file, fail, say }) {
  for (const viewport of [WIDE, PHONE]) {
    const at = `at ${viewport.width} px`;
    await withPage(browser, file, fail, { viewport }, async (page) => {
      const count = await page.locator("figure.chart").count();
      if (viewport === WIDE) say(count === 1 ? "1 chart" : `${count} charts`);
      if (count === 0) fail("has no chart");
      for (const fault of await page.evaluate(chartFaults)) fail(`${fault} ${at}`);
      for (const fault of await page.evaluate(emptyPlots)) fail(`${fault} ${at}`);
      for (const fault of await page.evaluate(textFaults)) fail(`${fault} ${at}`);
      for (const fault of await page.evaluate(buttonFaults)) fail(`${fault} ${at}`);
      for (const fault of await page.evaluate(widthFaults)) fail(`${fault} ${at}`);
    });
  }
}

// Runs in the page: plots on which nothing is drawn.
export function emptyPlots() {
  const clear = (paint) => paint === "none" || paint === "transparent" || /, 0\)$/.test(paint);
  const drawn = (mark) => {
    const box = mark.getBoundingClientRect();
    const style = getComputedStyle(mark);
    if (!mark.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const stroked = !clear(style.stroke) && parseFloat(style.strokeWidth) > 0;
    // A line without length that has round ends is a dot.
    if (box.width + box.height === 0) return stroked && style.strokeLinecap === "round" && mark.getAttribute("d");
    return stroked || !clear(style.fill);
  };
  return [...document.querySelectorAll("figure.chart:not(details:not([open]) *)")].flatMap((figure) => {
    const marks = [...figure.querySelectorAll("svg.plot :is(path, rect, line, polyline, polygon, circle, ellipse, use)")];
    return marks.some(drawn) ? [] : [`${figure.id}: its plot shows none of ${marks.length} marks`];
  });
}

// Runs in the page.
function chartFaults() {
  const faults = [];
  for (const figure of document.querySelectorAll("figure.chart")) {
    const name = figure.id || "figure.chart without an id";
    const expect = (holds, otherwise) => holds || faults.push(`${name}: ${otherwise}`);
    expect(/^chart-./.test(figure.id), "its id does not begin with chart-");
    expect(figure.querySelector("figcaption")?.textContent.trim(), "it has no caption");
    const frame = figure.querySelector("svg.frame");
    expect(frame?.getAttribute("role") === "img", "its frame has not the role img");
    for (const tag of ["title", "desc"]) {
      expect(frame?.querySelector(`:scope > ${tag}`)?.textContent.trim(), `its frame has no ${tag}`);
    }
    const plot = frame?.querySelector("svg.plot");
    if (!plot) {
      faults.push(`${name}: it has no plot`);
      continue;
    }
    expect(plot.getAttribute("preserveAspectRatio") === "none", "its plot keeps its proportions");
    const marks = [...plot.querySelectorAll("path, rect, line, polyline, polygon, circle, ellipse, use")];
    const broken = marks.find((mark) =>
      [...mark.attributes].some(({ name, value }) => /^(d|points|x|y|x1|x2|y1|y2|cx|cy|r|width|height)$/.test(name) && /NaN|inf/i.test(value)),
    );
    expect(!broken, `a mark is no number: ${broken?.outerHTML.slice(0, 100)}`);
    // Its own rectangle would be that of its marks.
    const inner = plot.width.baseVal.value * plot.parentElement.getScreenCTM().a;
    const outer = frame.getBoundingClientRect();
    expect(inner > 0.3 * outer.width, `its plot is ${Math.round(inner)} px wide of ${Math.round(outer.width)}`);
  }
  return faults;
}

// Runs in the page: texts of a chart that lie upon each other or stick out. Also used on zoomed charts.
export function textFaults() {
  const TOLERANCE = 1;
  // What is smaller than that cannot be read.
  const SMALLEST = 7;
  const faults = [];
  for (const figure of document.querySelectorAll("figure.chart")) {
    // Also what is only scrolled out of sight is within the frame; beyond the frame it is cut off.
    const outer = figure.querySelector("svg.frame")?.getBoundingClientRect();
    const texts = [...figure.querySelectorAll("svg.frame text")].flatMap((text) => {
      const box = text.getBoundingClientRect();
      const words = text.textContent.trim();
      const seen = words && box.width > 0 && getComputedStyle(text).visibility === "visible";
      return seen ? [{ text, box, words }] : [];
    });
    for (const { box, words, text } of texts) {
      const out = [
        [outer.left - box.left, "left"],
        [box.right - outer.right, "right"],
        [outer.top - box.top, "top"],
        [box.bottom - outer.bottom, "bottom"],
      ].filter(([by]) => by > TOLERANCE);
      for (const [by, side] of out) {
        faults.push(`${figure.id}: text "${words}" sticks out on the ${side} by ${by.toFixed(1)} px`);
      }
      const scale = Math.abs(text.getScreenCTM()?.d || text.getScreenCTM()?.b || 1);
      const size = scale * parseFloat(getComputedStyle(text).fontSize);
      if (size < SMALLEST) faults.push(`${figure.id}: text "${words}" is ${size.toFixed(1)} px high`);
    }
    texts.forEach((one, index) => {
      for (const other of texts.slice(index + 1)) {
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (wide > TOLERANCE && high > TOLERANCE) {
          faults.push(
            `${figure.id}: texts "${one.words}" and "${other.words}" overlap by ${wide.toFixed(1)} × ${high.toFixed(1)} px`,
          );
        }
      }
    });
  }
  return faults;
}

// Runs in the page: buttons of a chart that lie upon its words.
function buttonFaults() {
  const faults = [];
  for (const figure of document.querySelectorAll("figure.chart")) {
    const lines = [];
    const walker = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.textContent.trim() === "" || node.parentElement.closest("button, title, desc")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) lines.push({ box, words: node.textContent.trim() });
    }
    for (const button of figure.querySelectorAll("button")) {
      const own = button.getBoundingClientRect();
      const under = lines.find(({ box }) => {
        const wide = Math.min(own.right, box.right) - Math.max(own.left, box.left);
        return wide > 1 && Math.min(own.bottom, box.bottom) - Math.max(own.top, box.top) > 1;
      });
      if (under) faults.push(`${figure.id}: button "${button.innerText}" lies upon "${under.words.slice(0, 60)}"`);
    }
  }
  return faults;
}

// Runs in the page: whether it can be scrolled sideways, and what makes it so wide.
export function widthFaults() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const clipped = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1 && !clipped(element))
    .slice(0, 3)
    .map((element) => `${element.localName}${element.id && "#" + element.id}`);
  return [`scrolls sideways, ${scrollWidth} px wide (${wide.join(", ")})`];
}

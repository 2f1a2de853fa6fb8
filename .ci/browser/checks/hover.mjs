// What charts tell under the pointer and under the arrow keys.

import { PHONE, WIDE, withPage } from "../browser.mjs";

// Where the pointer is put, as shares of the plot's width and height; the middle first.
const SPOTS = [
  [0.5, 0.5], [0.02, 0.5], [0.25, 0.5], [0.75, 0.5], [0.98, 0.5], [0.5, 0.1], [0.5, 0.9],
];
const DATE = /\d{4}-\d\d-\d\d/;

export async function hover({ browser, file, fail }) {
  for (const viewport of [WIDE, PHONE]) {
    await withPage(browser, file, fail, { viewport }, async (page) => {
      if ((await page.locator("#tip").count()) !== 1) return fail("has not just one #tip");
      if (await page.locator("#tip").isVisible()) fail("shows #tip before anything is pointed at");
      for (const name of await chartNames(page)) await hoverChart(page, name, viewport.width, fail);
    });
  }
}

export function chartNames(page) {
  return page.locator("figure.chart").evaluateAll((all) => all.map((one) => one.id));
}

/// Where a chart's plot lies in the window, into which it is brought.
export function plotBox(page, name) {
  return page.evaluate((name) => {
    const plot = document.querySelector(`[id="${name}"] svg.plot`);
    if (!plot) return undefined;
    plot.closest("svg.frame").scrollIntoView({ block: "center" });
    // Its own rectangle would be that of its marks.
    const { a, d, e, f } = plot.parentElement.getScreenCTM();
    const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => plot[side].baseVal.value);
    const box = { x: e + a * x, y: f + d * y, width: a * width, height: d * height };
    // What can be pointed at when the frame is wider than the window and scrolled.
    let [left, right] = [0, innerWidth];
    for (let up = plot.closest("svg.frame").parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX === "visible") continue;
      const { left: from, right: to } = up.getBoundingClientRect();
      [left, right] = [Math.max(left, from), Math.min(right, to)];
    }
    return { ...box, left, right };
  }, name);
}

async function hoverChart(page, name, width, fail) {
  const at = `at ${width} px`;
  const box = await plotBox(page, name);
  if (!box) return fail(`${name}: has no plot to point at ${at}`);
  const silent = [];
  let tried = 0;
  for (const [x, y] of SPOTS) {
    const spot = { x: box.x + x * box.width, y: box.y + y * box.height };
    if (spot.x <= box.left || spot.x >= box.right) continue;
    tried += 1;
    await page.mouse.move(spot.x, spot.y);
    const tip = await tipOf(page);
    const where = `${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`;
    if (!tip.shown) {
      silent.push(where);
      continue;
    }
    for (const fault of tipFaults(tip, spot, width)) fail(`${name}: at ${where}, ${fault} ${at}`);
  }
  if (silent.length === tried) fail(`${name}: pointing at it shows nothing anywhere ${at}`);
  else if (silent.length > 0) fail(`${name}: pointing shows nothing at ${silent.join("; ")} ${at}`);
  await page.mouse.move(1, 1);
  if ((await tipOf(page)).shown) fail(`${name}: #tip stays when the pointer leaves ${at}`);
  function tipFaults(tip, spot, width) {
    const off = readingFault(tip, (spot.x - box.x) / box.width);
    const faults = [];
    if (tip.text === "") faults.push("#tip is empty");
    else if (tip.timed && !DATE.test(tip.text)) faults.push(`#tip has no date: ${tip.text}`);
    else if (off) faults.push(off);
    if (/NaN|undefined|null|Infinity|\[object/.test(tip.text)) faults.push(`#tip says ${tip.text}`);
    const { left, right, top, bottom } = tip;
    if (left < -1 || right > width + 1 || top < -1 || bottom > tip.height + 1) {
      faults.push(`#tip sticks out of the window (${[left, top, right, bottom].map(Math.round)})`);
    }
    if (left < spot.x && spot.x < right && top < spot.y && spot.y < bottom) {
      faults.push("#tip covers what is pointed at");
    }
    return faults;
  }
  async function tipOf(page) {
    return page.evaluate(readTip, name);
  }
}

const MINUTE = 60_000;

/// Whether a date is the one of the place that is pointed at, a share of the plot's width.
export function readingFault({ text, stretch }, share) {
  const found = text.match(/(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?/);
  if (!stretch || !found) return undefined;
  const [from, to] = stretch;
  const told = Date.parse(`${found[1]}T${found[2] ?? "00:00"}Z`);
  const meant = from + share * (to - from);
  // Of a date alone the whole day is meant; pointers hit whole pixels.
  const slack = 0.01 * (to - from) + (found[2] ? MINUTE : 1440 * MINUTE);
  if (Math.abs(told - meant) <= slack) return undefined;
  return `#tip says ${found[0]} where the axis has ${new Date(meant).toISOString().slice(0, 16)}`;
}

// Runs in the page, after the frame in which the page may answer.
export async function readTip(name) {
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const tip = document.getElementById("tip");
  const { left, right, top, bottom, width } = tip.getBoundingClientRect();
  const shown = !tip.hidden && width > 0 && getComputedStyle(tip).visibility === "visible";
  const frame = document.querySelector(`[id="${name}"] svg.frame`);
  const timed = frame.matches("[data-x=time], :has([data-x=time])");
  // The stretch of time that is shown: all of it, or as much as the zoomed plot has of it.
  const { from, to } = frame.dataset;
  const plot = frame.querySelector("svg.plot");
  plot.dataset.whole ??= plot.getAttribute("viewBox");
  const [start, across] = plot.dataset.whole.split(" ").map(Number).filter((_, index) => index % 2 === 0);
  const view = plot.viewBox.baseVal;
  const at = (place) => Number(from) + ((place - start) / across) * (to - from);
  const stretch = timed && from !== undefined ? [at(view.x), at(view.x + view.width)] : undefined;
  return { shown, timed, stretch, text: tip.innerText.trim(), left, right, top, bottom, height: innerHeight };
}

// More stops than any page has before its last chart.
const MOST_TABS = 1_000;

export async function keyboard({ browser, file, fail }) {
  await withPage(browser, file, fail, {}, async (page) => {
    const waiting = new Set(await chartNames(page));
    for (let stop = 0; stop < MOST_TABS && waiting.size > 0; stop += 1) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => ({
        chart: document.activeElement.closest("figure.chart")?.id,
        plot: document.activeElement.localName !== "button" && document.activeElement.localName !== "input",
        body: document.activeElement === document.body,
      }));
      if (focus.body && stop > 0) break;
      if (!focus.plot || !waiting.delete(focus.chart)) continue;
      await walkChart(page, focus.chart, fail);
    }
    for (const name of waiting) fail(`${name}: Tab does not reach its plot`);
  });
}

async function walkChart(page, name, fail) {
  const seen = new Set();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"]) {
    await page.keyboard.press(key);
    const tip = await page.evaluate(readTip, name);
    if (!tip.shown || tip.text === "") return fail(`${name}: ${key} shows nothing`);
    if (tip.timed && !DATE.test(tip.text)) return fail(`${name}: ${key} shows no date: ${tip.text}`);
    if (tip.top < -1 || tip.bottom > tip.height + 1) fail(`${name}: ${key} shows #tip outside of the window`);
    seen.add(`${tip.text} ${Math.round(tip.left)} ${Math.round(tip.top)}`);
  }
  const marks = await page.locator(`[id="${name}"] svg.plot :is(path, rect, circle, line)`).count();
  if (seen.size < 2 && marks > 1) fail(`${name}: arrow keys do not move what #tip tells`);
}

// The file itself: one file that asks for nothing, small, quick to open, with the frame of a document.

import { stat } from "node:fs/promises";
import { withPage } from "../browser.mjs";

const LARGEST_BYTES = 2_000_000;
const LONGEST_LOAD_MS = 2_000;
// The best of so many counts: what else the machine does is not the page's doing.
const LOADS = 3;
const SECTIONS = ["verdict", "asked", "tables", "provenance"];

export async function load({ browser, file, fail, say }) {
  const { size } = await stat(file);
  if (size > LARGEST_BYTES) fail(`is ${size} bytes long, more than ${LARGEST_BYTES}`);
  const times = [];
  for (let turn = 0; turn < LOADS; turn += 1) {
    times.push(await withPage(browser, file, fail, {}, firstFrame));
  }
  const best = Math.min(...times);
  say(`${(size / 1000).toFixed(0)} kB, first frame after ${best.toFixed(0)} ms`);
  if (best > LONGEST_LOAD_MS) {
    const all = times.map((time) => time.toFixed(0)).join(", ");
    fail(`shows its first frame after ${all} ms, later than ${LONGEST_LOAD_MS}`);
  }
  await withPage(browser, file, fail, {}, async (page) => {
    for (const fault of await page.evaluate(frameFaults, SECTIONS)) fail(fault);
  });
}

async function firstFrame(page) {
  const handle = await page.waitForFunction(() => window.firstFrameAt, null, { timeout: 30_000 });
  return handle.jsonValue();
}

// Runs in the page.
function frameFaults(sections) {
  const faults = [];
  const expect = (holds, otherwise) => holds || faults.push(otherwise);
  expect(document.compatMode === "CSS1Compat", "has no doctype");
  expect(document.documentElement.lang === "en", "html has no lang=en");
  expect(document.title.trim() !== "", "has no title");
  expect(document.querySelector("meta[name=viewport]"), "has no meta viewport");
  expect(document.querySelectorAll("main").length === 1, "has not just one main");
  expect(document.querySelectorAll("h1").length === 1, "has not just one h1");
  for (const id of sections) {
    expect(document.querySelector(`section[id="${id}"]`), `section #${id} is missing`);
  }
  for (const section of document.querySelectorAll("main section[id]")) {
    const label = document.getElementById(section.getAttribute("aria-labelledby") ?? "");
    expect(label?.textContent.trim(), `section #${section.id} is not labelled by anything`);
  }
  const seen = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    expect(!seen.has(id), `id ${id} is used twice`);
    seen.add(id);
  }
  for (const name of ["src", "href", "srcset", "action", "poster", "data", "xlink:href"]) {
    for (const element of document.querySelectorAll(`[${name.replace(":", "\\:")}]`)) {
      const value = element.getAttribute(name);
      const own = /^(#|data:|blob:)/.test(value);
      expect(own, `<${element.localName} ${name}="${value.slice(0, 80)}"> leads out of the file`);
      const goal = /^#./.test(value) && decodeURIComponent(value.slice(1));
      if (goal) expect(document.getElementById(goal), `<${element.localName} ${name}="${value}"> leads nowhere`);
    }
  }
  for (const style of document.querySelectorAll("style")) {
    const outside = style.textContent.match(/@import[^;]*|url\(\s*["']?(?!data:|#)[^)]*\)/g) ?? [];
    for (const one of outside) faults.push(`the style sheet has ${one.slice(0, 80)}`);
  }
  return faults;
}

// Who reads it: by light and dark, by a screen reader, without scripts, on paper.

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { withPage } from "../browser.mjs";
import { emptyPlots, widthFaults } from "./charts.mjs";
import { openAll } from "./tables.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

// Runs in the page: how bright its background is, from 0 to 1.
function brightness() {
  const see = (element) => getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
  const grounds = [document.body, document.documentElement].map(see);
  const [red, green, blue] = grounds.find(([, , , alpha]) => alpha !== 0) ?? [255, 255, 255];
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

export async function theme({ browser, file, fail }) {
  for (const colorScheme of ["light", "dark"]) {
    await withPage(browser, file, fail, { colorScheme }, async (page) => {
      const asked = (bright) => (colorScheme === "light") === bright > 0.5;
      const first = await page.evaluate(brightness);
      if (!asked(first)) fail(`is not ${colorScheme} where the system is`);
      const button = page.locator("button#theme");
      const count = await button.count();
      if (count !== 1) return fail(`has ${count} buttons for its theme`);
      const other = colorScheme === "light" ? "dark" : "light";
      await button.click();
      const data = await page.locator("html").getAttribute("data-theme");
      if (data !== other) fail(`its theme button makes ${colorScheme} data-theme=${data}`);
      if (asked(await page.evaluate(brightness))) fail(`its theme button does not turn ${colorScheme} to ${other}`);
      await button.click();
      if (!asked(await page.evaluate(brightness))) fail(`its theme button does not turn back to ${colorScheme}`);
    });
  }
}

// Runs in the page: rows are alike, and looking at thousands takes minutes.
function keepFirstRows(most) {
  for (const body of document.querySelectorAll("tbody")) {
    for (const row of [...body.rows].slice(most)) row.remove();
  }
}

export async function access({ browser, file, fail, note }) {
  const source = await readFile(AXE, "utf8");
  for (const colorScheme of ["light", "dark"]) {
    await withPage(browser, file, fail, { colorScheme }, async (page) => {
      await openAll(page);
      await page.evaluate(keepFirstRows, 20);
      await page.evaluate(source);
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, impact, help, nodes } of found.violations) {
        const grave = impact === "serious" || impact === "critical";
        const where = nodes.slice(0, 3).map(({ target, any }) => {
          const data = any[0]?.data;
          const ratio = data?.contrastRatio ? ` (${data.contrastRatio}: ${data.fgColor} on ${data.bgColor})` : "";
          return target.join(" ") + ratio;
        });
        const more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : "";
        const text = `axe, ${colorScheme}: ${impact} ${id}: ${help}: ${where.join("; ")}${more}`;
        (grave ? fail : note)(text);
      }
    });
  }
}

export async function noscript({ browser, file, fail }) {
  await withPage(browser, file, fail, { javaScriptEnabled: false }, async (page) => {
    for (const fault of await page.evaluate(emptyPlots)) fail(`without scripts, ${fault}`);
    for (const fault of await page.evaluate(stillFaults)) fail(`without scripts, ${fault}`);
  });
}

// Runs in the page.
function stillFaults() {
  const faults = [];
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getBoundingClientRect().height > 0;
  const folded = (element) => element.closest("details:not([open])") !== null;
  const verdict = document.getElementById("verdict");
  if (!verdict || !seen(verdict) || verdict.innerText.trim() === "") faults.push("the verdict is not seen");
  for (const table of document.querySelectorAll("table.data")) {
    if (folded(table)) continue;
    const rows = [...table.querySelectorAll("tbody > tr")];
    if (!seen(table) || !rows.every(seen)) faults.push(`${table.id} is not seen`);
  }
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (folded(figure)) continue;
    const frame = figure.querySelector("svg.frame");
    if (!frame || !seen(frame)) faults.push(`${figure.id} is not seen`);
  }
  for (const dead of document.querySelectorAll("button, input, select")) {
    if (seen(dead) && !folded(dead)) faults.push(`${dead.localName}${dead.id && "#" + dead.id} is seen and does nothing`);
  }
  return [...new Set(faults)];
}

// A sheet of A4, upright, at 96 px an inch.
const SHEET = { width: 794, height: 1123 };

export async function print({ browser, file, fail }) {
  for (const colorScheme of ["light", "dark"]) {
    await withPage(browser, file, fail, { viewport: SHEET, colorScheme }, async (page) => {
      await page.emulateMedia({ media: "print", colorScheme });
      const controls = await page.locator("button:not(th button):visible, input:visible").count();
      if (controls > 0) fail(`prints ${controls} buttons and fields`);
      if ((await page.evaluate(brightness)) < 0.9) fail(`prints on a dark ground where the system is ${colorScheme}`);
      for (const fault of await page.evaluate(widthFaults)) fail(`in print, ${fault}`);
    });
  }
}

// As browsers print by default.
const MARGIN = { top: "1cm", right: "1cm", bottom: "1cm", left: "1cm" };

/// Pictures for those who want to look themselves.
export async function pictures({ browser, file, name, out, fail }) {
  const shot = (page, kind) => page.screenshot({ path: `${out}/${name}-${kind}.png`, fullPage: true, timeout: 30_000 });
  await withPage(browser, file, fail, {}, (page) => shot(page, "light"));
  await withPage(browser, file, fail, { colorScheme: "dark" }, (page) => shot(page, "dark"));
  await withPage(browser, file, fail, { viewport: { width: 390, height: 844 } }, (page) => shot(page, "phone"));
  await withPage(browser, file, fail, { javaScriptEnabled: false }, (page) => shot(page, "noscript"));
  await withPage(browser, file, fail, { viewport: SHEET }, async (page) => {
    await page.pdf({ path: `${out}/${name}-print.pdf`, format: "A4", margin: MARGIN, printBackground: true });
    await page.emulateMedia({ media: "print" });
    await shot(page, "print");
  });
}

// Zooming: by buttons, by the wheel, by dragging; and back to all of it.

import { withPage } from "../browser.mjs";
import { textFaults } from "./charts.mjs";
import { chartNames, plotBox, readTip, readingFault } from "./hover.mjs";

export async function zoom({ browser, file, fail }) {
  await withPage(browser, file, fail, {}, async (page) => {
    for (const name of await chartNames(page)) await zoomChart(page, name, fail);
  });
}

async function zoomChart(page, name, fail) {
  const figure = page.locator(`[id="${name}"]`);
  const plot = figure.locator("svg.plot").first();
  const buttons = {};
  // Names in a row have no stretch to be shown.
  if ((await figure.locator("svg[data-x=names]").count()) > 0) return;
  for (const kind of ["in", "out", "all"]) {
    buttons[kind] = figure.locator(`button[data-zoom=${kind}]`);
    const count = await buttons[kind].count();
    if (count !== 1) return fail(`${name}: has ${count} buttons to zoom ${kind}`);
  }
  const view = async () => {
    await frame(page);
    return plot.getAttribute("viewBox");
  };
  const all = await view();
  await page.evaluate(readTip, name);
  const point = async (how) => {
    const box = await plotBox(page, name);
    for (const share of [0.2, 0.5, 0.8]) {
      await page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
      const tip = await page.evaluate(readTip, name);
      const fault = tip.shown ? readingFault(tip, share) : "pointing shows nothing";
      if (fault) fail(`${name}: ${how}, ${fault}`);
    }
  };
  const back = async (after) => {
    await buttons.all.click();
    if ((await view()) !== all) fail(`${name}: after ${after}, "all" does not bring back ${all}`);
  };
  await buttons.in.click();
  const once = await view();
  if (once === all) fail(`${name}: the button "in" does not zoom`);
  await buttons.in.click();
  for (const fault of await page.evaluate(textFaults)) {
    if (fault.startsWith(`${name}:`)) fail(`${fault}, zoomed in`);
  }
  await point("zoomed in");
  const twice = await view();
  await buttons.out.click();
  if ((await view()) === twice) fail(`${name}: the button "out" does not zoom`);
  await back("the buttons");
  const box = await plotBox(page, name);
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + 0.3 * box.width, middle);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -240);
  await page.keyboard.up("Control");
  await wait(async () => (await view()) !== all);
  if ((await view()) === all) fail(`${name}: the wheel with Ctrl does not zoom`);
  await back("the wheel");
  const again = await plotBox(page, name);
  await page.mouse.move(again.x + 0.3 * again.width, again.y + again.height / 2);
  await page.mouse.down();
  await page.mouse.move(again.x + 0.6 * again.width, again.y + again.height / 2, { steps: 5 });
  await page.mouse.up();
  if ((await view()) === all) fail(`${name}: dragging does not zoom`);
  await point("zoomed by dragging");
  await back("dragging");
}

function frame(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

/// Waits a little for something to come true; the caller says what it means when it does not.
async function wait(holds) {
  for (let turn = 0; turn < 20 && !(await holds()); turn += 1) {
    await new Promise((done) => setTimeout(done, 25));
  }
}

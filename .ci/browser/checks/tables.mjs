// Tables: sorted by any column, filtered, saved.

import { readFile } from "node:fs/promises";
import { withPage } from "../browser.mjs";

export async function tables({ browser, file, fail, say }) {
  await withPage(browser, file, fail, { acceptDownloads: true }, async (page) => {
    const names = await page.locator("table.data").evaluateAll((all) => all.map((one) => one.id));
    say(names.length === 1 ? "1 table" : `${names.length} tables`);
    if (names.length === 0) fail("has no table");
    for (const name of names) {
      if (!/^table-./.test(name)) fail(`a table's id does not begin with table-: "${name}"`);
      await showAlone(page, name);
      const complain = (fault) => fail(`${name}: ${fault}`);
      await save(page, name, complain);
      await sort(page, name, complain);
      await filter(page, name, complain);
    }
  });
}

/// Opens what is folded up, as a reader would before using what is within.
export async function openAll(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
}

/// Opens what a table lies in and folds up other details, so that long tables do not slow each other.
async function showAlone(page, name) {
  await page.evaluate((name) => {
    const table = name && document.getElementById(name);
    for (const one of document.querySelectorAll("details")) one.open = one.contains(table ?? null);
  }, name);
}

// Runs in the page: the rows of a table's body as texts.
function readRows(name) {
  const rows = [...document.getElementById(name).querySelectorAll(":scope > tbody > tr")];
  const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
  return rows.map((row) => ({
    cells: [...row.cells].map(text),
    keys: [...row.cells].map((cell) => cell.dataset.v ?? text(cell)),
    whole: text(row),
  }));
}

// Runs in the page: which rows are shown.
function readShown(name) {
  const rows = [...document.getElementById(name).querySelectorAll(":scope > tbody > tr")];
  return rows.map((row) => row.getClientRects().length > 0);
}

/// The rows, each with whether it is shown: that takes a layout of the page, which long tables make slow.
async function shownRows(page, name) {
  const rows = await page.evaluate(readRows, name);
  const shown = await page.evaluate(readShown, name);
  return rows.map((row, index) => ({ ...row, shown: shown[index] }));
}

function heads(page, name) {
  return page.locator(`[id="${name}"] > thead th`);
}

// Runs in the page: what each column holds after one and two clicks on its button. All in one go: long
// tables take long to lay out anew.
function sortAll(name) {
  const table = document.getElementById(name);
  const heads = [...table.tHead.querySelectorAll("th")];
  const told = (head) => head.getAttribute("aria-sort");
  const click = (button, index) => {
    button.click();
    const column = [...table.tBodies[0].rows].map((row) => row.cells[index]);
    const cells = column.map((cell) => cell?.textContent.replace(/\s+/g, " ").trim() ?? "");
    const keys = column.map((cell, row) => cell?.dataset.v ?? cells[row]);
    const others = heads.filter((head, other) => other !== index && /scending/.test(told(head) ?? ""));
    return { direction: String(told(heads[index])), others: others.length, cells, keys };
  };
  return heads.map((head, index) => {
    const buttons = head.querySelectorAll("button.sort");
    const clicks = buttons.length === 1 ? [click(buttons[0], index), click(buttons[0], index)] : [];
    return { title: head.textContent.trim(), clicks };
  });
}

async function sort(page, name, fail) {
  const before = await page.evaluate(readRows, name);
  const columns = await page.evaluate(sortAll, name);
  if (columns.length === 0) return fail("has no header");
  for (const { title, clicks } of columns) {
    if (clicks.length === 0) {
      fail(`column "${title}" has no button to sort by`);
      continue;
    }
    for (const { direction, others, cells, keys } of clicks) {
      if (others > 0) fail(`sorted by "${title}", another header has aria-sort too`);
      if (keys.length !== before.length) fail(`sorting by "${title}" leaves ${keys.length} of ${before.length} rows`);
      if (direction !== "ascending" && direction !== "descending") continue;
      const fault = [keys, cells]
        // Cells are shortened for the eye; dates in them are not.
        .filter((values, index) => index === 0 || values.every((value) => DATED.test(value) || value === ""))
        .map((values) => orderFault(values.map((value) => value.match(DATED)?.[1] ?? value), direction))
        .find((fault) => fault !== undefined);
      if (fault) fail(`sorted by "${title}", ${direction}: ${fault}`);
    }
    const directions = clicks.map(({ direction }) => direction);
    if ([...directions].sort().join(" ") !== "ascending descending") {
      fail(`two clicks on "${title}" make aria-sort ${directions.join(", then ")}`);
    }
  }
}

const DATED = /^(?:\w{3} )?(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)Z?$/;
const EMPTY = /^[-–—]?$/;

/// A number as tables write them: `1,234`, `−3.5`, `98.2 %`, `12 d`; nothing for what is none.
function number(text) {
  const plain = text.replace(/−/g, "-").replace(/(\d)[,\u202f ](?=\d{3}\b)/g, "$1");
  const found = plain.match(/^([<>≤≥+]?\s*)([+-]?\d+(\.\d+)?(e[+-]?\d+)?)\s*(%|[a-zA-Z]{1,12})?$/i);
  return found ? Number(found[2]) : undefined;
}

/// Which order of texts counts as ordered: any that a reader could expect.
const COLLATIONS = [
  (one, other) => (one < other ? -1 : one > other ? 1 : 0),
  (one, other) => one.localeCompare(other, "en"),
  (one, other) => one.localeCompare(other, "en", { numeric: true }),
  (one, other) => one.localeCompare(other, "en", { numeric: true, sensitivity: "base" }),
];

export function orderFault(values, direction) {
  const filled = values.filter((value) => !EMPTY.test(value));
  const first = values.findIndex((value) => EMPTY.test(value));
  if (first >= 0 && first < filled.length) return `row ${first + 1} is empty, before filled ones`;
  const sign = direction === "ascending" ? 1 : -1;
  const numbers = filled.map(number);
  if (numbers.every((value) => value !== undefined)) {
    const at = numbers.findIndex((value, index) => index > 0 && sign * (numbers[index - 1] - value) > 0);
    return at < 0 ? undefined : `${filled[at]} comes after ${filled[at - 1]}`;
  }
  const faults = COLLATIONS.map((compare) =>
    filled.findIndex((value, index) => index > 0 && sign * compare(filled[index - 1], value) > 0),
  );
  if (faults.includes(-1)) return undefined;
  const at = Math.max(...faults);
  return `"${filled[at]}" comes after "${filled[at - 1]}"`;
}

async function filter(page, name, fail) {
  const input = page.locator(`input[type=search][data-for="${name}"]`);
  const count = await input.count();
  if (count !== 1) return fail(`has ${count} fields to filter by`);
  const rows = await shownRows(page, name);
  if (rows.some((row) => !row.shown)) fail("hides rows before anything is filtered");
  const holds = (row, word) => row.whole.toLowerCase().includes(word.toLowerCase());
  const words = rows.flatMap((row) => row.cells).flatMap((cell) => cell.split(" ")).filter((word) => word.length > 1);
  const telling = words.find((word) => rows.some((row) => !holds(row, word)));
  for (const word of [telling, telling?.toUpperCase(), "qqzzxx"]) {
    if (word === undefined) continue;
    await input.fill(word);
    await settle(page);
    const now = await shownRows(page, name);
    const wrong = now.find((row) => row.shown !== holds(row, word));
    if (wrong) fail(`filtered by "${word}", it ${wrong.shown ? "shows" : "hides"} the row ${wrong.whole.slice(0, 80)}`);
  }
  await input.fill("");
  await settle(page);
  const after = await shownRows(page, name);
  const gone = after.filter((row) => !row.shown).length;
  if (gone > 0 || after.length !== rows.length) fail(`an empty filter leaves ${gone} rows hidden`);
}

/// Time for a page that filters a little after the last key.
function settle(page) {
  return page.waitForTimeout(60);
}

async function save(page, name, fail) {
  const button = page.locator(`button.csv[data-for="${name}"]`);
  const count = await button.count();
  if (count !== 1) return fail(`has ${count} buttons to save it`);
  const waiting = page.waitForEvent("download");
  waiting.catch(() => undefined);
  await button.click();
  const download = await waiting.catch(() => undefined);
  if (!download) return fail("its CSV button saves nothing");
  const wanted = `${name.replace(/^table-/, "")}.csv`;
  if (download.suggestedFilename() !== wanted) {
    fail(`its CSV button saves ${download.suggestedFilename()}, not ${wanted}`);
  }
  const records = parseCsv(await readFile(await download.path(), "utf8"));
  const rows = await page.evaluate(readRows, name);
  const columns = await heads(page, name).count();
  const ragged = records.findIndex((record) => record.length !== columns);
  if (ragged >= 0) fail(`line ${ragged + 1} of its CSV has ${records[ragged].length} fields for ${columns} columns`);
  if (records.length !== rows.length + 1) {
    return fail(`its CSV has ${records.length - 1} rows, the table ${rows.length}`);
  }
  rows.forEach((row, index) => {
    const record = records[index + 1];
    const at = row.cells.findIndex((cell, column) => {
      const field = (record[column] ?? "").replace(/\s+/g, " ").trim();
      return field !== cell && field !== row.keys[column] && !(field === "" && EMPTY.test(cell));
    });
    if (at >= 0) fail(`line ${index + 2} of its CSV has "${record[at]}", the table "${row.cells[at]}"`);
  });
}

/// RFC 4180.
export function parseCsv(text) {
  const records = [];
  let record = [];
  let field = "";
  let quoted = false;
  const body = text.replace(/^\ufeff/, "");
  for (let at = 0; at < body.length; at += 1) {
    const sign = body[at];
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (body[at + 1] === '"') (field += '"'), (at += 1);
      else quoted = false;
    } else if (sign === '"') {
      quoted = true;
    } else if (sign === "," || sign === "\n") {
      record.push(field.replace(/\r$/, ""));
      field = "";
      if (sign === "\n") records.push(record), (record = []);
    } else {
      field += sign;
    }
  }
  if (field !== "" || record.length > 0) records.push([...record, field]);
  return records;
}

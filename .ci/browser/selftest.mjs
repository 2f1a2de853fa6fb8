// Whether the checks find what they are for: a page that keeps every promise passes, and every broken
// variant of it fails, for its own reason and for no other.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withBrowser } from "./browser.mjs";
import { orderFault, parseCsv } from "./checks/tables.mjs";
import { CHECKS, examine } from "./suite.mjs";

// What is broken, the check that must see it, what it must say, and the edit: from, to.
const BROKEN = [
  ["an error on the console", "load", /^console error: broken$/, "// Theme.", 'console.error("broken");'],
  ["an uncaught error", "load", /^uncaught error: gone is not defined$/, "// Theme.", "setTimeout(() => gone());"],
  ["an image from outside", "load", /asks for https:|leads out of the file|console error: Failed to load/, "</main>", '<img alt="" src="https://example.org/a.png"></main>'],
  ["a style from outside", "load", /the style sheet has url\(|asks for https:|console error: Failed to load/, "figure { margin: 0; }", "figure { margin: 0; background: url(https://example.org/a.png); }"],
  ["a link to a neighbour", "load", /^<a href="other.html"> leads out of the file$/, "#tables", "other.html"],
  ["a link to nowhere", "load", /^<a href="#gone"> leads nowhere$/, "#tables", "#gone"],
  ["a missing section", "load", /^section #provenance is missing$/, '<section id="provenance"', '<section id="source"'],
  ["an unlabelled section", "load", /^section #asked is not labelled/, 'aria-labelledby="asked-title"', ""],
  ["an id used twice", "load", /^id verdict is used twice$/, "<h1>", '<h1 id="verdict">'],
  ["too long a file", "load", /^is 2\d+ bytes long/, "<main>", `<!--${"x".repeat(2_000_000)}--><main>`],
  ["too slow a start", "load", /^shows its first frame after/, '"use strict";', "const until = performance.now() + 2100; while (performance.now() < until);"],
  ["an empty plot", "charts", /^chart-share: its plot shows none of 0 marks/, '<path d="M0 100L30 60L60 20L100 0"/>', ""],
  ["a plot with nothing but clear marks", "charts", /^chart-share: its plot shows none of 1 marks/, '<path d="M0 100L30 60L60 20L100 0"/>', '<rect width="100" height="100" style="fill:transparent"/>'],
  ["a mark without numbers", "charts", /a mark is no number|console error: Error: <rect> attribute/, '<rect x="0" ', '<rect x="NaN" '],
  ["texts upon each other", "charts", /^chart-share: texts "2024-01-01" and "2024-04-10" overlap/, 'x="95%" y="95%" text-anchor="end">2024', 'x="11%" y="95%">2024'],
  ["a button upon the caption", "charts", /^chart-(share|bars): button "zoom in" lies upon "(Share of nodes|Bars)" at/, "figure { margin: 0; }", "figure { margin: 0; position: relative; } [data-zoom=in] { position: absolute; bottom: 0; left: 0; margin-bottom: 22px; height: 30px }"],
  ["a text that sticks out", "charts", /^chart-share: text "2024-04-10" sticks out on the right/, 'text-anchor="end">2024', ">2024"],
  ["texts too small", "charts", /^chart-(share|bars): text ".*" is 5.0 px high/, "svg text { font-size: 12px", "svg text { font-size: 5px"],
  ["a page too wide for a phone", "charts", /^scrolls sideways, \d+ px wide .* at 390 px$/, "<h1>", '<h1 style="width:600px">'],
  ["charts without hover", "hover", /^chart-(share|bars): pointing at it shows nothing anywhere/, '"pointermove"', '"pointerdance"'],
  ["hover with holes", "hover", /^chart-(share|bars): pointing shows nothing at 98 % from the left/, "tell(shareOf(event)));", "(shareOf(event) < 0.9 ? tell(shareOf(event)) : hide()));"],
  ["a tip without the date", "hover", /^chart-share: at .*, #tip has no date: /, "`${date}: ", "`${date.slice(5)}: "],
  ["a tip with another date", "hover", /^chart-share: at .*, #tip says 20.* where the axis has 20/, "x * 86400000", "x * 80000000"],
  ["a tip outside of the window", "hover", /#tip sticks out of the window/, "left + tip.offsetWidth > innerWidth", "false"],
  ["a tip that stays", "hover", /^chart-(share|bars): #tip stays/, '"pointerleave"', '"pointerlinger"'],
  ["plots that Tab passes by", "keyboard", /^chart-(share|bars): Tab does not reach its plot$/, '"tabindex", "0"', '"tabindex", "-1"'],
  ["arrow keys without effect", "keyboard", /^chart-(share|bars): ArrowRight shows nothing$/, "if (step === undefined) return;", "return;"],
  ["arrow keys that stand still", "keyboard", /^chart-(share|bars): arrow keys do not move/, "at + step", "at"],
  ["a button that does not zoom", "zoom", /^chart-(share|bars): the button "in" does not zoom|the button "out" does not/, "in: () => zoomBy(0.5)", "in: () => {}"],
  ["a zoom without return", "zoom", /^chart-(share|bars): after the \w+, "all" does not bring back|after dragging/, "all: () => show(whole)", "all: () => {}"],
  ["a zoomed chart that tells other dates", "zoom", /^chart-share: zoomed .*, #tip says 20.* where the axis has 20/, "const box = boxOf();\n    const x", "const box = boxOf();\n    const view = whole;\n    const x"],
  ["a wheel that does not zoom", "zoom", /^chart-(share|bars): the wheel with Ctrl does not zoom$/, "if (!event.ctrlKey) return;", "if (event.ctrlKey) { event.preventDefault(); return; }"],
  ["dragging without effect", "zoom", /^chart-(share|bars): dragging does not zoom$/, "> 0.02", "> 2"],
  ["numbers sorted as texts", "tables", /^table-patches: sorted by "(nodes|share)", \w+: .* comes after/, "numeric ? parseFloat", "false ? parseFloat"],
  ["empty cells first", "tables", /^table-patches: sorted by .* is empty, before filled ones$/, "if (empties !== 0 ||", "if (empties !== 0) return -empties; if ("],
  ["a sort that sorts nothing", "tables", /^table-patches: sorted by .* comes after|is empty, before/, "body.append(...sorted);", ""],
  ["a sort that does not tell", "tables", /^table-patches: two clicks on "\w+" make aria-sort null, then null$/, 'head.setAttribute("aria-sort"', 'head.setAttribute("data-sort"'],
  ["a filter that hides nothing", "tables", /^table-patches: filtered by /, "row.hidden = !row.textContent", "row.dataset.gone = !row.textContent"],
  ["a filter that minds capitals", "tables", /^table-patches: filtered by "KB/, "row.textContent.toLowerCase()", "row.textContent"],
  ["a saved file that lacks a row", "tables", /^table-patches: its CSV has 3 rows, the table 4$/, "...original.map", "...original.slice(1).map"],
  ["a saved file with other values", "tables", /^table-patches: line \d of its CSV has /, "[...row.cells].map((cell) => cell.textContent)", "[...row.cells].map((cell) => cell.textContent.slice(1))"],
  ["a saved file without quotes", "tables", /^table-patches: (line 2 of its CSV has|its CSV has)/, 'line.map((cell) => `"${cell.replace(/"/g, \'""\')}"`)', "line"],
  ["a saved file of another name", "tables", /^table-patches: its CSV button saves patches.txt, not patches.csv$/, '"")}.csv`', '"")}.txt`'],
  ["a theme button without effect", "theme", /^its theme button /, 'root.dataset.theme = dark ? "light" : "dark";', ""],
  ["a page that is never dark", "theme", /^is not dark where the system is$|^its theme button/, "@media (prefers-color-scheme: dark)", "@media (prefers-color-scheme: gloom)"],
  ["texts too pale", "access", /^axe, light: serious color-contrast/, "--ink: #222", "--ink: #aaa"],
  ["an image without a text", "access", /^axe, (light|dark): critical image-alt/, "<h1>", '<h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'],
  ["a verdict made by script", "noscript", /^without scripts, the verdict is not seen$/, '<section id="verdict"', '<section id="verdict" style="visibility:hidden"'],
  ["charts hidden without scripts", "noscript", /^without scripts, chart-(share|bars)(: its plot shows none of \d marks| is not seen)$/, "svg.frame { height: 200px; }", "svg.frame { display: none !important; }"],
  ["a table hidden without scripts", "noscript", /^without scripts, table-patches is not seen$/, "<tr><td>KB10", "<tr hidden><td>KB10"],
  ["a dead button without scripts", "noscript", /^without scripts, button#dead is seen/, "</main>", '<button id="dead">x</button></main>'],
  ["buttons on paper", "print", /^prints \d+ buttons and fields$/, "button, input { display: none; }", ""],
  ["dark paper", "print", /^prints on a dark ground where the system is dark$/, "--ground: #fff !important; ", ""],
];

// What is as good: the checks by which it passes, and the edit.
const FINE = [
  ["a dot", ["charts", "noscript"], '<path d="M0 100L30 60L60 20L100 0"/>', '<path d="M50 50h0" stroke-linecap="round"/>'],
];

function orderIsJudged() {
  const fits = [
    [["9", "60", "1,200", ""], "ascending"],
    [["1 200", "60", "−3", "–"], "descending"],
    [["7 %", "98.5 %", "100 %"], "ascending"],
    [["KB10", "KB2", "KB9"], "ascending"],
    [["KB2", "KB9", "KB10"], "ascending"],
    [["2024-01-09 18:00Z", "2024-02-01 18:00Z", ""], "ascending"],
    [["", ""], "descending"],
  ];
  for (const [values, direction] of fits) assert.equal(orderFault(values, direction), undefined, values.join());
  const wrong = [
    [["1,200", "60", "9"], "ascending"],
    [["", "1"], "ascending"],
    [["b", "a"], "ascending"],
    [["2024-02-01", "2024-01-09"], "ascending"],
    [["100 %", "7 %", "98.5 %"], "ascending"],
  ];
  for (const [values, direction] of wrong) assert.ok(orderFault(values, direction), values.join());
}

function filesAreParsed() {
  assert.deepEqual(parseCsv('a,b\r\n"1, ""x""\n2",\r\n'), [["a", "b"], ['1, "x"\n2', ""]]);
  assert.deepEqual(parseCsv("\ufeffa\nb"), [["a"], ["b"]]);
}

async function broken(browser, folder, whole, [what, check, reason, from, to]) {
  assert.ok(whole.includes(from), `${what}: the page has no ${from}`);
  const file = join(folder, "broken.html");
  await writeFile(file, whole.replace(from, () => to));
  const { failures } = await examine(browser, { file, name: "broken", checks: [check] });
  const others = failures.filter((failure) => !reason.test(failure));
  if (failures.length > 0 && others.length === 0) return [];
  return [`${what}: ${failures.length === 0 ? "is not found" : `also found: ${others.join(" | ")}`}`];
}

async function fine(browser, folder, whole, [what, checks, from, to]) {
  assert.ok(whole.includes(from), `${what}: the page has no ${from}`);
  const file = join(folder, "fine.html");
  await writeFile(file, whole.replace(from, () => to));
  const { failures } = await examine(browser, { file, name: "fine", checks });
  return failures.map((failure) => `${what}: ${failure}`);
}

orderIsJudged();
filesAreParsed();
for (const check of Object.keys(CHECKS)) {
  assert.ok(BROKEN.some(([, by]) => by === check), `no broken page for the check ${check}`);
}
const whole = await readFile(new URL("fixture.html", import.meta.url), "utf8");
const folder = await mkdtemp(join(tmpdir(), "pages-"));
const wrong = [];
try {
  await withBrowser(async (browser) => {
    const file = join(folder, "whole.html");
    await writeFile(file, whole);
    const { failures } = await examine(browser, { file, name: "whole", out: folder });
    wrong.push(...failures.map((failure) => `the whole page: ${failure}`));
    for (const one of FINE) wrong.push(...(await fine(browser, folder, whole, one)));
    for (const one of BROKEN) wrong.push(...(await broken(browser, folder, whole, one)));
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const one of wrong) console.log(`FAILED: ${one}`);
console.log(`${wrong.length === 0 ? "ok" : "failed"}: a whole page and ${BROKEN.length} broken ones`);
process.exitCode = wrong.length === 0 ? 0 : 1;

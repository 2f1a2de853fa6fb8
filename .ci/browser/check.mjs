// node check.mjs --out DIR page.html…
// Opens report pages in Chromium, checks what they promise and takes pictures. Ends with 1 and all
// failures when a page fails, with 2 when it is called wrongly.

import { access, mkdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { withBrowser } from "./browser.mjs";
import { examine } from "./suite.mjs";

function usage(problem) {
  console.error(`${problem}\nusage: node check.mjs --out DIR page.html…`);
  process.exit(2);
}

function parse(words) {
  const at = words.indexOf("--out");
  if (at < 0 || words[at + 1] === undefined) usage("--out DIR is missing");
  const out = resolve(words[at + 1]);
  const files = words.filter((_, index) => index !== at && index !== at + 1).map((file) => resolve(file));
  if (files.length === 0) usage("no page is named");
  return { out, files };
}

/// Of `…/canary/report.html` the folder's name, else the file's.
function nameOf(file) {
  const own = basename(file).replace(/\.html?$/, "");
  return own === "report" ? basename(dirname(file)) : own;
}

const { out, files } = parse(process.argv.slice(2));
const names = files.map(nameOf);
const twice = names.find((name, index) => names.indexOf(name) < index);
if (twice !== undefined) usage(`two pages are called ${twice}: their pictures would overwrite each other`);
for (const file of files) await access(file).catch(() => usage(`${file} cannot be read`));
await mkdir(out, { recursive: true });

const results = await withBrowser(async (browser) => {
  const all = [];
  for (const [index, file] of files.entries()) {
    all.push({ name: names[index], ...(await examine(browser, { file, name: names[index], out })) });
  }
  return all;
});
for (const { name, notes } of results) for (const note of notes) console.log(`note: ${name}: ${note}`);
for (const { name, failures } of results) for (const failure of failures) console.log(`FAILED: ${name}: ${failure}`);
for (const { name, facts, failures } of results) {
  console.log(`${failures.length === 0 ? "ok" : `${failures.length} failures`}: ${name} (${facts.join(", ")})`);
}
process.exitCode = results.some(({ failures }) => failures.length > 0) ? 1 : 0;

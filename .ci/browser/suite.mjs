// All checks of a page, each on its own: one that fails or breaks does not keep the others from being made.

import { charts } from "./checks/charts.mjs";
import { hover, keyboard } from "./checks/hover.mjs";
import { load } from "./checks/load.mjs";
import { access, noscript, pictures, print, theme } from "./checks/reading.mjs";
import { tables } from "./checks/tables.mjs";
import { zoom } from "./checks/zoom.mjs";

export const CHECKS = { load, charts, hover, keyboard, zoom, tables, theme, access, noscript, print };

/// Checks a file by all `checks` or those named; `out`, if any, is the folder for pictures.
export async function examine(browser, { file, name, out, checks = Object.keys(CHECKS) }) {
  const failures = [];
  const notes = [];
  const facts = [];
  const once = (list) => (text) => list.includes(text) || list.push(text);
  const told = { browser, file, name, out, fail: once(failures), note: once(notes), say: once(facts) };
  const work = checks.map((check) => [check, CHECKS[check]]);
  if (out) work.push(["pictures", pictures]);
  for (const [check, make] of work) {
    try {
      await make(told);
    } catch (error) {
      told.fail(`check "${check}" could not go on: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  return { failures, notes, facts };
}

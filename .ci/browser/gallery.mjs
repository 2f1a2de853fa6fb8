// Takes pictures of pages: lines of a page and its picture on standard input.

import { readFileSync } from "node:fs";
import { withBrowser, withPage } from "./browser.mjs";

const SIZE = { width: 1180, height: 1600 };

const lines = readFileSync(0, "utf8").trim().split("\n").map((line) => line.split(" "));
await withBrowser(async (browser) => {
  for (const [page, picture] of lines) {
    await withPage(browser, page, console.error, { viewport: SIZE }, (open) => open.screenshot({ path: picture }));
    console.log(picture);
  }
});

// Starts Debian's Chromium and opens pages as a reader would: from a file, without a network.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

// Without the network flags Chromium looks up its maker's hosts at every start.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

// Longest wait for anything on a page.
const PATIENCE = 5_000;

export async function withBrowser(work) {
  const downloads = await mkdtemp(join(tmpdir(), "pages-"));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
    downloadsPath: downloads,
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
    await rm(downloads, { recursive: true, force: true });
  }
}

/// Opens a file in a fresh context and hands the page to `work`. What the page logs and asks for goes
/// to `complain`, whichever check it happens in.
export async function withPage(browser, file, complain, options, work) {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light", ...options });
  try {
    const address = pathToFileURL(file).href;
    await context.setOffline(true);
    await context.route("**/*", (route) => {
      const wanted = route.request().url();
      if (isOwn(wanted, address)) return route.continue();
      return route.abort();
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    listen(page, address, complain);
    await page.addInitScript(noteFirstFrame);
    await page.goto(address, { waitUntil: "load", timeout: 6 * PATIENCE });
    return await work(page);
  } finally {
    await context.close();
  }
}

function isOwn(wanted, address) {
  return wanted.split("#")[0] === address || wanted.startsWith("blob:") || wanted.startsWith("data:");
}

function listen(page, address, complain) {
  page.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type())) {
      complain(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complain(`uncaught error: ${error.message}`));
  page.on("request", (request) => {
    if (!isOwn(request.url(), address)) complain(`asks for ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    complain(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

// Runs in the page, before its own scripts.
function noteFirstFrame() {
  window.addEventListener("load", () => {
    requestAnimationFrame(() => setTimeout(() => (window.firstFrameAt = performance.now())));
  });
}

/** Opens report.html in a real browser, offline: on a desktop, on a phone, in print. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReports } from '../reports/render/index.ts';
import { sampleRun } from './sample/run.ts';
import type { SampleKind } from './sample/scene.ts';

const KINDS: SampleKind[] = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'nothing', 'fault', 'fis'];
/** Samples whose name is not their verdict. */
const VERDICT_OF: Partial<Record<SampleKind, string>> = { nothing: 'INVALID', fault: 'PASS', fis: 'PASS' };
const HOSTILE_CITY = '<script>document.title="owned"</script>';
/** A FIS warning with a word too long for a phone. */
const LOUD = `aws:network:disrupt-vpc-endpoint: skipped ${'subnet-0a1b2c3d4e5f'.repeat(8)}`;
const VIEWS = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const;

let dir: string;
let browser: Browser;
const pageUrl = (kind: SampleKind): string => pathToFileURL(join(dir, kind, 'report.html')).href;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'antipode-report-'));
  for (const kind of KINDS) {
    const { plan, result } = sampleRun(kind);
    plan.origins[0]!.city = HOSTILE_CITY;
    for (const { fis } of result.figures.failover.faults) {
      if (fis)
        Object.assign(fis, { notExercised: [LOUD], suspects: [`${LOUD}: \`aws ${LOUD.replaceAll(' ', '-')}\``] });
    }
    await mkdir(join(dir, kind));
    await writeReports(join(dir, kind), plan, result);
  }
  browser = await chromium.launch({
    // Debian's browser; the environment can name another.
    executablePath: process.env['ANTIPODE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  await rm(dir, { recursive: true, force: true });
});

interface Opened extends AsyncDisposable {
  page: Page;
  /** Console errors and warnings, and every request other than the page. */
  complaints: string[];
}

async function open(kind: SampleKind, view: (typeof VIEWS)[number]): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: 900 },
    colorScheme: view.colorScheme,
    offline: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== pageUrl(kind) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  await page.goto(pageUrl(kind));
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

describe.each(KINDS)('report.html of a run that ends %s', (kind) => {
  it.each(VIEWS)('opens at $width px, $colorScheme, without errors and without horizontal scrolling', async (view) => {
    await using opened = await open(kind, view);
    const { page, complaints } = opened;
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(view.width);
    expect(await page.locator('h1').innerText()).toContain(VERDICT_OF[kind] ?? kind);
    expect(await page.locator('table.matrix').isVisible()).toBe(true);
    expect(await page.locator('svg.map path.land').count()).toBe(1);
    expect(await page.title()).not.toBe('owned');
    expect(await page.getByText(HOSTILE_CITY).count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
});

describe('report.html', () => {
  it('shows the verdict, its reason and the whole matrix of gating claims on the first screen of a desktop', async () => {
    await using opened = await open('FAIL', VIEWS[0]);
    const rows = opened.page.locator('table.matrix tbody:first-of-type tr');
    expect(await rows.count()).toBe(5);
    const last = await rows.last().boundingBox();
    expect(last!.y + last!.height).toBeLessThanOrEqual(900);
  });

  it('has sufficient text contrast in light and dark mode (WCAG AA)', async () => {
    for (const kind of ['FAIL', 'fis'] as const) {
      for (const view of VIEWS.slice(0, 2)) {
        await using opened = await open(kind, view);
        expect(await opened.page.evaluate(CONTRAST)).toEqual([]);
      }
    }
  });

  it('prints in light colours on a few pages, also from dark mode', async () => {
    await using opened = await open('FAIL', VIEWS[1]);
    const pdf = await opened.page.pdf({ format: 'A4', printBackground: true });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length;
    expect(pages).toBeGreaterThanOrEqual(3);
    expect(pages).toBeLessThanOrEqual(9);
    await opened.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await opened.page.evaluate('getComputedStyle(document.querySelector(".why")).color')).toBe(
      'rgb(27, 31, 36)',
    );
    // A4 between margins of 14 mm, in CSS pixels: wider content would be shrunk or cut.
    await opened.page.setViewportSize({ width: 688, height: 900 });
    expect(await opened.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688);
  });

  it('fits the FIS experiments on a printed page, and each ARN inside its table cell on any screen', async () => {
    for (const view of VIEWS) {
      await using opened = await open('fis', view);
      expect(await opened.page.locator('table.fis tbody tr').count()).toBe(3);
      expect(await opened.page.evaluate(TOO_WIDE)).toEqual([]);
      await opened.page.emulateMedia({ media: 'print' });
      await opened.page.setViewportSize({ width: 688, height: 900 });
      expect(await opened.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688);
      expect(await opened.page.evaluate(TOO_WIDE)).toEqual([]);
    }
  });

  it('labels every table cell with row and column headers', async () => {
    await using opened = await open('PASS', VIEWS[0]);
    expect(await opened.page.locator('th:not([scope])').count()).toBe(0);
    expect(await opened.page.locator('svg[role=img]:not([aria-label])').count()).toBe(0);
    expect(await opened.page.getByRole('rowheader', { name: /read-p99/ }).count()).toBe(1);
  });
});

describe('junit.xml', () => {
  it.each(KINDS)('is well-formed XML for a run that ends %s', async (kind) => {
    await using opened = await open(kind, VIEWS[0]);
    const xml = await readFile(join(dir, kind, 'junit.xml'), 'utf8');
    const root = await opened.page.evaluate(
      `new DOMParser().parseFromString(${JSON.stringify(xml)}, 'text/xml').documentElement.nodeName`,
    );
    expect(root).toBe('testsuites');
  });
});

/** The parts of the FIS table that overflow. Runs in the page. */
const TOO_WIDE = `[...document.querySelectorAll('table.fis th, table.fis td, table.fis code')]
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.outerHTML.slice(0, 100))`;

/**
 * Texts whose contrast to the nearest solid background is below 4.5 (WCAG 2.2, 1.4.3; 3.0 for large ones), by the
 * relative luminance of WCAG. Runs in the page.
 */
const CONTRAST = `(() => {
  const rgb = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const c = rgb(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest('svg, style')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [luminance(rgb(style.color)), luminance(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) low.add(node.className + ' ' + walker.currentNode.data.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return [...low];
})()`;

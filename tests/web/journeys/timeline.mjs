// A library of 100,000: the document stays small, every month is reachable and in its place, nothing jumps.
import assert from 'node:assert/strict';
import { journey, url } from '../browser.mjs';

const MAX_TILES = 700;
const MAX_NODES = 6_000;
/** Months above what is looked at arrive this late. */
const LATE_MS = 1_000;
const YEARS = 5;

await journey(async (visit) => {
  const { page } = visit;
  // The rows are made up: there are no files behind them.
  visit.expect(404, '/api/assets/');
  await visit.signIn();
  await visit.tiles.first().waitFor();
  const buckets = await page.evaluate(() => fetch('/api/timeline/buckets?visibility=timeline').then((answer) => answer.json()));
  // A few of the 100,000 are archived.
  assert.ok(buckets.reduce((sum, { count }) => sum + count, 0) > 95_000);
  const name = ({ timeBucket }) => new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(timeBucket));
  const bounded = async () => {
    const { tiles, nodes } = await page.evaluate(() => ({
      tiles: document.querySelectorAll('.tile').length, nodes: document.querySelectorAll('*').length,
    }));
    assert.ok(tiles <= MAX_TILES, `${tiles} tiles`);
    assert.ok(nodes <= MAX_NODES, `${nodes} elements`);
  };
  /** Pictures of this month are on the screen. */
  const shows = (month) => visit.until((wanted) => [...document.querySelectorAll('.month')].some((node) => (
    node.querySelector('h2').textContent === wanted && [...node.querySelectorAll('.tile')].some((tile) => {
      const { top, bottom } = tile.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    })
  )), month);

  await shows(name(buckets[0]));
  await bounded();
  await visit.look('start');

  // By keyboard to the other end, and year by year.
  const slider = page.getByRole('slider', { name: 'Month' });
  assert.equal(await slider.getAttribute('aria-valuemax'), String(buckets.length - 1));
  await slider.focus();
  await page.keyboard.press('End');
  await shows(name(buckets.at(-1)));
  await bounded();
  await visit.shot('end');
  await page.keyboard.press('Home');
  await shows(name(buckets[0]));
  await page.keyboard.press('PageDown');
  const year = buckets[0].timeBucket.slice(0, 4);
  const nextYear = buckets.find(({ timeBucket }) => timeBucket.slice(0, 4) !== year);
  await shows(name(nextYear));
  assert.equal(await slider.getAttribute('aria-valuetext'), name(nextYear));

  // By mouse: wherever one lets go, that month is loaded.
  const strip = await page.locator('.scrubber').boundingBox();
  const [x, y] = [strip.x + strip.width / 2, (part) => strip.y + strip.height * part];
  await page.mouse.move(x, y(0.1));
  await page.mouse.down();
  for (let part = 0.1; part <= 0.6; part += 0.02) await page.mouse.move(x, y(part));
  await bounded();
  await page.mouse.up();
  await shows(await slider.getAttribute('aria-valuetext'));
  await bounded();
  await visit.shot('dragged');

  // What is looked at stays where it is while the months above it get their true heights, however late they come.
  await page.mouse.move(700, 450);
  await page.mouse.wheel(0, -3_000);
  await shows(await slider.getAttribute('aria-valuetext'));
  let early;
  await page.route('**/api/timeline/bucket?*', async (route) => {
    if (!route.request().url().includes(early)) await new Promise((done) => { setTimeout(done, LATE_MS); });
    await route.continue();
  });
  const years = buckets.filter(({ timeBucket }, at) => timeBucket.slice(0, 4) !== buckets[at - 1]?.timeBucket.slice(0, 4));
  await slider.focus();
  await page.keyboard.press('Home');
  let told = 0;
  for (const { timeBucket } of years.slice(1, 1 + YEARS)) {
    early = timeBucket.slice(0, 10);
    await page.keyboard.press('PageDown');
    await shows(name({ timeBucket }));
    const { jump, isEarly } = await page.evaluate(async () => {
      const frame = () => new Promise(requestAnimationFrame);
      const isWaiting = () => document.querySelector('.month[aria-busy="true"]');
      // This month below, the one before it above, still empty.
      scrollBy({ top: -0.5 * innerHeight, behavior: 'instant' });
      await frame();
      await frame();
      const isEarly = Boolean(isWaiting());
      const tile = [...document.querySelectorAll('.tile')].find((node) => node.getBoundingClientRect().top > 0);
      const { top } = tile.getBoundingClientRect();
      for (let frames = 0; frames < 6 || isWaiting(); frames += 1) await frame();
      const jump = document.contains(tile) ? Math.abs(tile.getBoundingClientRect().top - top) : Infinity;
      // Back into the month that the next key counts from.
      scrollBy({ top: 0.7 * innerHeight, behavior: 'instant' });
      return { isEarly, jump };
    });
    told += isEarly;
    assert.ok(jump < 2, `a picture jumped by ${jump} px`);
    await bounded();
  }
  assert.ok(told > 0, 'every month above was there at once');
  await page.unroute('**/api/timeline/bucket?*');

  // A picture in the middle of it all has an address of its own.
  const id = await page.locator('.tile').first().getAttribute('data-id');
  await page.goto(`${url}/photos/${id}`);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(`${url}/photos`);
  await page.locator(`.tile[data-id="${id}"]`).waitFor();
});

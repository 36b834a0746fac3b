// On a phone: a bar at the bottom, swiping through pictures, a long press begins to choose.
import assert from 'node:assert/strict';
import { PHONE, journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await visit.enter();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, 'the page is wider than the screen');
  await visit.look('timeline');

  await page.getByRole('button', { name: 'More' }).tap();
  await page.locator('#more').getByRole('link', { name: 'Archive' }).waitFor();
  await visit.look('more');
  await page.keyboard.press('Escape');

  await visit.tiles.first().tap();
  await page.getByRole('dialog').waitFor();
  const first = page.url();
  /** A finger across the stage. */
  const session = await page.context().newCDPSession(page);
  const swipe = async (from, to) => {
    const point = (x) => [{ x, y: 420 }];
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(from) });
    for (let step = 1; step <= 5; step += 1) {
      await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(from + ((to - from) * step) / 5) });
    }
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  await visit.until(() => document.querySelectorAll('.stage img.ready').length === 2);
  await visit.look('viewer');
  await page.getByRole('button', { name: /^Next/, includeHidden: true }).waitFor({ state: 'attached' });
  await swipe(320, 60);
  await page.waitForURL((address) => address.href !== first);
  await swipe(60, 320);
  await page.waitForURL(first);
  // A click: the browser takes a tap right after these made-up swipes for a part of them.
  await page.getByRole('button', { name: /^Details/ }).click();
  await page.getByRole('heading', { name: 'Details' }).waitFor();
  await visit.look('details');
  await page.getByRole('button', { name: 'Close details' }).tap();
  await page.getByRole('button', { name: /^Close/ }).first().tap();
  await page.waitForURL(`${url}/photos`);

  const box = await visit.tiles.nth(1).boundingBox();
  const finger = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: finger });
  await page.getByRole('toolbar', { name: 'Chosen items' }).waitFor();
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await visit.tiles.nth(2).tap();
  await page.getByText('2 chosen').waitFor();
  await visit.look('chosen');

  for (const place of ['albums', 'jobs', 'account', 'users', 'trash']) {
    await page.goto(`${url}/${place}`);
    await page.locator('h1').waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `/${place} is ${overflow} px too wide`);
    await visit.look(place);
  }
}, PHONE);

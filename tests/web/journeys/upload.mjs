// Taking files in, from the file chooser and dropped on the page; one is there already, one is no picture.
import assert from 'node:assert/strict';
import { journey, url } from '../browser.mjs';

/** A JPEG made by the browser, and a second one with other colours. */
const paint = (page, hue) => page.evaluate(async (shade) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const context = canvas.getContext('2d');
  const sky = context.createLinearGradient(0, 0, 640, 480);
  sky.addColorStop(0, `hsl(${shade} 60% 70%)`);
  sky.addColorStop(1, `hsl(${shade + 60} 50% 30%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, 640, 480);
  return canvas.toDataURL('image/jpeg').split(',')[1];
}, hue);

await journey(async (visit) => {
  const { page } = visit;
  await visit.enter();
  const first = Buffer.from(await paint(page, 20), 'base64');
  const second = await paint(page, 200);
  const panel = page.getByRole('region', { name: /upload/i });
  const choose = async (files) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Upload', exact: true }).first().click()]);
    await chooser.setFiles(files);
  };

  await choose([{ name: 'sunrise.jpg', mimeType: 'image/jpeg', buffer: first }]);
  await panel.getByText('1 file uploaded').waitFor();
  // It appears by itself when its thumbnail is there.
  await visit.counts(13);
  await visit.until(() => document.querySelectorAll('.tile img.ready').length === 13);
  await visit.look('arrived');

  // The same again is not sent, and what is no picture is refused in words.
  const sent = [];
  page.on('request', (request) => { if (request.method() === 'POST' && request.url() === `${url}/api/assets`) sent.push(request); });
  visit.expect(400, '/api/assets');
  await choose([
    { name: 'sunrise-copy.jpg', mimeType: 'image/jpeg', buffer: first },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
    { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
  ]);
  await panel.getByText('1 file uploaded, 1 duplicate, 2 failed').waitFor();
  assert.equal(sent.length, 1);
  await panel.getByText('In your library already').waitFor();
  await panel.getByText('The file is empty.').waitFor();
  await panel.getByText(/unsupported file type/i).waitFor();
  await visit.look('refused');
  await panel.getByRole('button', { name: 'Close uploads' }).click();

  // Dropped anywhere.
  const transfer = await page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'dropped.jpg', { type: 'image/jpeg' }));
    return data;
  }, second);
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer });
  await page.locator('.drop-area').waitFor();
  await visit.shot('dragging');
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
  await panel.getByText('1 file uploaded').waitFor();
  await visit.counts(14);
});

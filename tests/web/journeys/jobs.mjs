// The page of jobs shows the queues and lets an admin pause them; it follows what happens elsewhere.
import { journey, url } from '../browser.mjs';

await journey(async (visit) => {
  const { page } = visit;
  await visit.signIn();
  await page.goto(`${url}/jobs`);
  const pictures = page.locator('.queue').filter({ has: page.getByRole('heading', { name: 'Pictures' }) });
  await pictures.getByText('Idle').waitFor();
  await visit.look('idle');
  await page.getByRole('button', { name: 'Pause Pictures' }).click();
  await pictures.getByText('Paused').waitFor();

  // Work that arrives now waits, and is shown without a reload.
  const command = (name) => page.evaluate((wish) => fetch('/api/jobs/thumbnailGeneration', {
    method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ command: wish, force: true }),
  }), name);
  await command('start');
  await visit.until(() => [...document.querySelectorAll('.counts div')].some((node) => (
    node.textContent.startsWith('Waiting') && Number(node.querySelector('dd').textContent) > 0
  )));
  await visit.look('paused');
  await page.getByRole('button', { name: 'Resume Pictures' }).click();
  await pictures.getByText('Idle').waitFor();
});

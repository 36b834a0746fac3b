// The page of jobs: commands, and a fresh look every moment.
import { put } from './api.js';
import { refresh } from './fragment.js';
import { complain } from './toast.js';

const LOOK_EVERY_MS = 2_000;
/** When the server does not answer, it is asked less often. */
const LOOK_AGAIN_MS = 10_000;

document.getElementById('jobs').addEventListener('click', async (event) => {
  const button = event.target.closest('[data-command]');
  if (!button) return;
  button.disabled = true;
  try {
    await put(`/jobs/${button.closest('[data-queue]').dataset.queue}`, { command: button.dataset.command, force: false });
    await refresh('jobs');
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
});

async function look() {
  let pause = LOOK_EVERY_MS;
  // A page in the background needs no news.
  if (!document.hidden) await refresh('jobs').catch(() => { pause = LOOK_AGAIN_MS; });
  setTimeout(look, pause);
}
setTimeout(look, LOOK_EVERY_MS);

// The page of writing into files: actions, and a fresh look every moment.
import { ApiFailure, reason, signInAgain } from './api.js';
import { refresh } from './fragment.js';
import { complain, tell } from './toast.js';

const PARTS = ['writing-state', 'writing-files', 'writing-runs'];
const LOOK_EVERY_MS = 2_000;
/** When the server does not answer, it is asked less often. */
const LOOK_AGAIN_MS = 10_000;

async function send(form, body) {
  const response = await fetch(form.getAttribute('action'), {
    method: 'POST', body, headers: { Accept: 'application/json' },
  }).catch(() => null);
  if (!response) throw new ApiFailure(0, 'The server cannot be reached. Check your connection.');
  if (response.redirected) return signInAgain();
  const said = await response.json().catch(() => null);
  if (!response.ok) throw new ApiFailure(response.status, reason(said, response.status));
  return said?.message;
}

document.getElementById('main').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { submitter, target } = event;
  // Before the button is disabled: what it says would be left out.
  const said = new URLSearchParams(new FormData(target, submitter));
  submitter.disabled = true;
  try {
    const message = await send(target, said);
    if (message) tell(message);
    await refresh(...PARTS);
  } catch (error) {
    complain(error);
  } finally {
    submitter.disabled = false;
  }
});

async function look() {
  let pause = LOOK_EVERY_MS;
  // A page in the background needs no news.
  if (!document.hidden) await refresh(...PARTS).catch(() => { pause = LOOK_AGAIN_MS; });
  setTimeout(look, pause);
}
if (document.getElementById('writing-state')) setTimeout(look, LOOK_EVERY_MS);

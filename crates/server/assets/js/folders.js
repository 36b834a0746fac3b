// The page of folders: actions, a fresh look every moment, and ticks for all at once.
import { ApiFailure, reason, signInAgain } from './api.js';
import { refresh } from './fragment.js';
import { complain, tell } from './toast.js';

const LOOK_EVERY_MS = 2_000;
/** When the server does not answer, it is asked less often. */
const LOOK_AGAIN_MS = 10_000;

const standing = () => document.querySelector('#folders-state > div')?.dataset ?? {};

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

/** What somebody is ticking is only drawn anew when something has happened to the plan. */
async function renew() {
  const before = { ...standing() };
  await refresh('folders-state');
  const now = standing();
  if (['plan', 'busy', 'last'].some((fact) => before[fact] !== now[fact])) {
    await refresh('folders-list', 'folders-plan', 'folders-runs');
  }
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
    await renew();
  } catch (error) {
    complain(error);
  } finally {
    submitter.disabled = false;
  }
});

document.getElementById('main').addEventListener('click', (event) => {
  const tick = event.target.closest('[data-tick]')?.dataset.tick;
  if (!tick) return;
  for (const box of document.querySelectorAll('#folders-plan input[type="checkbox"]')) box.checked = tick === 'all';
});

async function look() {
  let pause = LOOK_EVERY_MS;
  // A page in the background needs no news.
  if (!document.hidden) await renew().catch(() => { pause = LOOK_AGAIN_MS; });
  setTimeout(look, pause);
}
if (document.getElementById('folders-state')) setTimeout(look, LOOK_EVERY_MS);

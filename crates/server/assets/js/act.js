// Forms of pages that are made by the server, sent by a script; and pages that look for news by themselves.
import { ApiFailure, reason, signInAgain } from './api.js';
import { complain, tell } from './toast.js';

const LOOK_EVERY_MS = 2_000;
/** When the server does not answer, it is asked less often. */
const LOOK_AGAIN_MS = 10_000;

/** Sends a form; answers what the server says. What it refuses is thrown, with what it is about. */
export async function deliver(form, body) {
  // A control may be called `action` as well, and would be found first.
  const target = form.getAttribute('action');
  const response = await fetch(target, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => null);
  if (!response) throw new ApiFailure(0, 'The server cannot be reached. Check your connection.');
  // Whoever is signed out is led to the form, which is no JSON.
  if (response.redirected) return signInAgain();
  const said = await response.json().catch(() => null);
  if (response.ok) return said?.message;
  throw Object.assign(new ApiFailure(response.status, reason(said, response.status)), { about: said?.about });
}

/** Sends the forms of the page while their buttons rest, tells what the server says, and looks then. */
export function sendForms(look) {
  document.getElementById('main').addEventListener('submit', async (event) => {
    event.preventDefault();
    const { submitter, target } = event;
    // Before the button is disabled: what it says would be left out.
    const said = new URLSearchParams(new FormData(target, submitter));
    submitter.disabled = true;
    try {
      const message = await deliver(target, said);
      if (message) tell(message);
      // What was added once is rarely added again.
      if ('once' in target.dataset) target.reset();
      await look();
    } catch (error) {
      complain(error);
    } finally {
      submitter.disabled = false;
    }
  });
}

/** Looks for news every moment. */
export function keepLooking(look) {
  setTimeout(async function again() {
    let pause = LOOK_EVERY_MS;
    // A page in the background needs no news.
    if (!document.hidden) await look().catch(() => { pause = LOOK_AGAIN_MS; });
    setTimeout(again, pause);
  }, LOOK_EVERY_MS);
}

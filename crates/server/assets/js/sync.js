// The page about the server that one follows: actions, and a fresh look now and then.
import { deliver } from './act.js';
import { confirm } from './dialogs.js';
import { refresh } from './fragment.js';
import { complain, tell } from './toast.js';

const PARTS = ['sync-standing', 'sync-again', 'sync-offer', 'sync-conflicts', 'sync-dead', 'sync-outbox', 'sync-quarantine', 'sync-leaving'];
/** While something runs. */
const LOOK_OFTEN_MS = 1_500;
const LOOK_EVERY_MS = 8_000;
/** When the server does not answer, it is asked less often. */
const LOOK_AGAIN_MS = 15_000;
/** Where the page that goes leaves a message for the one that comes. */
const LAST_WORD = 'tintype-sync-last-word';

/** Sends a form while its button rests; answers what the server says. What it refuses is thrown, with what it is about. */
async function send(form, submitter) {
  // A button that rests does not say what it is for.
  const body = new URLSearchParams(new FormData(form, submitter));
  submitter.disabled = true;
  try {
    return await deliver(form, body);
  } finally {
    submitter.disabled = false;
  }
}

/** A part that somebody reads or types in stays as it is. */
function isInUse(id) {
  const part = document.getElementById(id);
  return part.querySelector('details[open]') !== null || [...part.querySelectorAll('[type="password"]')].some(({ value }) => value);
}

async function look(force = false) {
  await refresh(...PARTS.filter((id) => force || !isInUse(id)));
  const button = document.querySelector('#sync-now button');
  if (button) button.disabled = isBusy();
}

const isBusy = () => document.querySelector('.standing[data-busy]') !== null;

/** Beginning to follow: the page is another one afterwards. */
async function follow(form, submitter) {
  const places = [...form.querySelectorAll('.problem')];
  for (const place of places) place.hidden = true;
  form.setAttribute('aria-busy', 'true');
  try {
    await send(form, submitter);
    location.assign('/sync');
  } catch (error) {
    const place = places.find(({ dataset }) => dataset.about === error.about) ?? places.at(-1);
    place.textContent = error.message;
    place.hidden = false;
  } finally {
    form.removeAttribute('aria-busy');
  }
}

async function act(form, submitter) {
  const { question, text, yes } = form.dataset;
  if (question && !await confirm(question, text, yes)) return;
  try {
    const message = await send(form, submitter);
    if (form.id === 'sync-stop') {
      // Without storage the page has to speak for itself.
      try { sessionStorage.setItem(LAST_WORD, message); } catch { /* as above */ }
      location.assign('/sync');
      return;
    }
    if (message) tell(message);
  } catch (error) {
    complain(error);
  } finally {
    await look(true).catch(() => {});
    soon();
  }
}

document.getElementById('main').addEventListener('submit', (event) => {
  event.preventDefault();
  const run = event.target.classList.contains('follow') ? follow : act;
  run(event.target, event.submitter);
});

let timer;
/** Looks again after a while; whatever was planned before is not. */
function soon(pause = isBusy() ? LOOK_OFTEN_MS : LOOK_EVERY_MS) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    let next;
    // A page in the background needs no news.
    if (!document.hidden) await look().catch(() => { next = LOOK_AGAIN_MS; });
    soon(next);
  }, pause);
}
if (document.getElementById('sync-standing')) soon();

try {
  const word = sessionStorage.getItem(LAST_WORD);
  sessionStorage.removeItem(LAST_WORD);
  if (word) tell(word);
} catch { /* as above */ }

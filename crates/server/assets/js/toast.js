// Short messages. Screen readers hear them because their place is a live region.
import { element, icon } from './dom.js';

/** How long a message stays; one that offers something to do stays longer. */
const STAY_MS = 5_000;
const STAY_WITH_ACTION_MS = 9_000;
/** More messages than this at once help nobody. */
const MAX_TOASTS = 4;

function show(kind, text, action) {
  const place = document.getElementById('toasts');
  // What was said before and is said again needs to be read once.
  for (const old of place.children) if (old.querySelector('p').textContent === text) old.remove();
  while (place.children.length >= MAX_TOASTS) place.firstElementChild.remove();
  const toast = element('div', { class: `toast ${kind}` }, icon(kind === 'bad' ? 'warning' : 'check'), element('p', {}, text));
  const leave = () => toast.remove();
  if (action) {
    const run = () => { leave(); action.run(); };
    toast.append(element('button', { type: 'button', class: 'toast-action', onclick: run }, action.name));
  }
  toast.append(element('button', { type: 'button', class: 'round', 'aria-label': 'Dismiss', onclick: leave }, icon('close')));
  place.append(toast);
  let timer = setTimeout(leave, action ? STAY_WITH_ACTION_MS : STAY_MS);
  // Whoever is reading or reaching for it gets more time.
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(leave, STAY_MS); };
  toast.addEventListener('pointerenter', hold);
  toast.addEventListener('focusin', hold);
  toast.addEventListener('pointerleave', release);
  toast.addEventListener('focusout', release);
}

/** Something worked. `action` is `{ name, run }`. */
export const tell = (text, action) => show('good', text, action);
/** Something did not. */
export const complain = (error, action) => show('bad', error?.message ?? String(error), action);

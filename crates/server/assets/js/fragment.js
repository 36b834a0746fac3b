// Pages are made by the server: to show what changed, the server is asked for the page again and a part is exchanged.
import { ApiFailure, signInAgain } from './api.js';
import { stepAsideWhenMissing } from './dom.js';

/** A control that keeps its place when its surroundings are exchanged. */
function nameOf(node) {
  return node?.getAttribute('aria-label') ?? node?.textContent.trim();
}

/** Exchanges the elements with these ids for those of a fresh copy of this page. */
export async function refresh(...ids) {
  const response = await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null);
  if (!response) throw new ApiFailure(0, 'The server cannot be reached. Check your connection.');
  // Guests are led to the sign-in form.
  if (response.redirected) return signInAgain();
  if (!response.ok) throw new ApiFailure(response.status, `The server answered with status ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const id of ids) exchange(document.getElementById(id), page.getElementById(id));
  return undefined;
}

function exchange(old, fresh) {
  // Nothing new: leave the focus and whatever is selected alone.
  if (!old || !fresh || old.dataset.shown === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  const shown = fresh.innerHTML;
  old.replaceChildren(...fresh.childNodes);
  old.dataset.shown = shown;
  old.querySelectorAll('[data-may-miss]').forEach(stepAsideWhenMissing);
  if (focused) [...old.querySelectorAll('button, a')].find((node) => nameOf(node) === focused)?.focus();
}

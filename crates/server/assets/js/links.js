// The page of one's own shared links.
import { get, remove } from './api.js';
import { confirm } from './dialogs.js';
import { refresh } from './fragment.js';
import { edit, showAddress } from './sharing.js';
import { complain, tell } from './toast.js';

const ACTIONS = {
  copy: async (link) => {
    await showAddress(link);
    return false;
  },
  edit,
  delete: async (link, name) => {
    if (!await confirm(`Delete the link to ${name}?`, 'Its address will open nothing any more. The photos stay.', 'Delete link')) return false;
    await remove(`/shared-links/${link.id}`);
    tell('The link is gone');
    return true;
  },
};

/** Days are those of the reader's calendar. */
function showDays() {
  const form = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' });
  for (const time of document.querySelectorAll('#links time')) time.textContent = form.format(new Date(time.dateTime));
}

showDays();
document.getElementById('links').addEventListener('click', async (event) => {
  const button = event.target.closest('[data-action]');
  const row = button?.closest('[data-link]');
  if (!row) return;
  try {
    const link = await get(`/shared-links/${row.dataset.link}`);
    if (await ACTIONS[button.dataset.action](link, row.querySelector('strong').textContent)) await refresh('links');
    showDays();
  } catch (error) {
    complain(error);
  }
});

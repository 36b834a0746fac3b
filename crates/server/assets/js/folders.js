// The page of folders: actions, a fresh look every moment, and ticks for all at once.
import { keepLooking, sendForms } from './act.js';
import { refresh } from './fragment.js';

const standing = () => document.querySelector('#folders-state > div')?.dataset ?? {};

/** What somebody is ticking is only drawn anew when something has happened to the plan. */
async function look() {
  const before = { ...standing() };
  await refresh('folders-state');
  const now = standing();
  if (['folders', 'plan', 'busy', 'last'].some((fact) => before[fact] !== now[fact])) {
    await refresh('folders-list', 'folders-plan', 'folders-runs');
  }
}

sendForms(look);

document.getElementById('main').addEventListener('click', (event) => {
  const tick = event.target.closest('[data-tick]')?.dataset.tick;
  if (!tick) return;
  for (const box of document.querySelectorAll('#folders-plan input[type="checkbox"]')) box.checked = tick === 'all';
});

if (document.getElementById('folders-state')) keepLooking(look);

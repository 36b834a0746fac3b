// The trash: bring everything back, or let everything go.
import { post } from './api.js';
import { confirm } from './dialogs.js';
import { count } from './format.js';
import { openGallery } from './gallery.js';
import { complain, tell } from './toast.js';

/** How long each picture has left; without an answer the pictures are shown all the same. */
async function remaining() {
  const response = await fetch('/trash/remaining').catch(() => null);
  const days = response?.ok ? await response.json().catch(() => ({})) : {};
  return new Map(Object.entries(days).map(([id, left]) => [id, left < 1 ? 'last day' : count(left, 'day')]));
}

const { timeline } = await openGallery({ notes: await remaining() });
const restore = document.querySelector('[data-restore-all]');
const empty = document.querySelector('[data-empty-trash]');

function showButtons() {
  for (const button of [restore, empty]) button.disabled = timeline.count === 0;
}

async function run(path, text) {
  try {
    const answer = await post(path);
    timeline.selection.clear();
    await timeline.refresh();
    tell(text(answer.count));
  } catch (error) {
    complain(error);
  }
}

restore.addEventListener('click', () => run('/trash/restore', (number) => `${count(number, 'item')} restored`));
empty.addEventListener('click', async () => {
  const text = `${count(timeline.count, 'item')} will be deleted for good. Nobody can bring them back.`;
  if (await confirm('Empty the trash?', text, 'Delete for good')) {
    await run('/trash/empty', (number) => `${count(number, 'item')} deleted`);
  }
});
timeline.addEventListener('change', showButtons);
showButtons();

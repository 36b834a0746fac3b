// A timeline with everything around it: choosing, actions, viewer, empty state.
import { ActionBar } from './actions.js';
import { listenToKeys } from './timeline/keys.js';
import { listenToPointer } from './timeline/pointer.js';
import { Scrubber } from './timeline/scrubber.js';
import { Timeline } from './timeline/timeline.js';
import { Viewer } from './viewer/viewer.js';

/**
 * Fills the timeline of this page. Answers it with its viewer, once the first months are known. `notes` are a few words
 * about some pictures, by id.
 */
export async function openGallery({ notes } = {}) {
  const timeline = new Timeline(document.getElementById('timeline'));
  if (notes) timeline.notes = notes;
  const viewer = new Viewer(timeline);
  timeline.selection.isOff = !timeline.may('change') && !timeline.may('download');
  timeline.root.classList.toggle('no-choice', timeline.selection.isOff);
  const actions = new ActionBar(timeline);
  listenToKeys(timeline);
  listenToPointer(timeline);
  new Scrubber(timeline);
  timeline.addEventListener('open', (event) => viewer.open(event.detail));
  const empty = document.getElementById('empty');
  timeline.addEventListener('change', () => {
    empty.hidden = timeline.count > 0;
    timeline.root.hidden = timeline.count === 0;
  });
  await timeline.start();
  await viewer.openFromAddress();
  return { timeline, viewer, actions };
}

// Mouse and finger in a timeline: a click opens, the check circle chooses, Shift chooses a range, a long press begins
// choosing on a touch screen.

const LONG_PRESS_MS = 450;
/** A finger that moves further than this scrolls. */
const STILL_PX = 10;

async function choose(timeline, id, isRange) {
  const { selection } = timeline;
  if (isRange && selection.anchor) selection.add(await timeline.range(selection.anchor, id));
  else selection.toggle(timeline.asset(id));
}

function onClick(timeline, event) {
  const id = event.target.closest('.tile')?.dataset.id;
  // With these keys the browser opens the link elsewhere.
  if (!id || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const isCheck = event.target.closest('.tile-check') !== null;
  if (isCheck || timeline.selection.size > 0) {
    choose(timeline, id, event.shiftKey);
  } else {
    timeline.dispatchEvent(new CustomEvent('open', { detail: id }));
  }
}

function listenToLongPress(timeline) {
  const { canvas, selection } = timeline;
  let press = null;
  const stop = () => { clearTimeout(press?.timer); press = null; };
  canvas.addEventListener('pointerdown', (event) => {
    const id = event.target.closest('.tile')?.dataset.id;
    if (!id || event.pointerType === 'mouse') return;
    const timer = setTimeout(() => {
      selection.toggle(timeline.asset(id));
      navigator.vibrate?.(10);
      // The click that follows the finger's leaving must not undo this.
      canvas.addEventListener('click', (click) => { click.preventDefault(); click.stopPropagation(); }, { once: true, capture: true });
      press = null;
    }, LONG_PRESS_MS);
    press = { timer, x: event.clientX, y: event.clientY };
  });
  canvas.addEventListener('pointermove', (event) => {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL_PX) stop();
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) canvas.addEventListener(end, stop);
  canvas.addEventListener('contextmenu', (event) => { if (press || selection.size > 0) event.preventDefault(); });
}

export function listenToPointer(timeline) {
  timeline.canvas.addEventListener('click', (event) => onClick(timeline, event));
  listenToLongPress(timeline);
}

// The keyboard in a timeline: arrows move, Space chooses, Enter opens, Escape lets go.

/** The picture in the line above (-1) or below (1) that is nearest to the middle of another. */
function inNextLine(timeline, id, step) {
  const { reel } = timeline;
  const here = reel.find(id);
  if (!here?.tile) return null;
  const start = reel.months.indexOf(here.month);
  const from = here.month.top + here.tile.top;
  const boxes = reel.months.slice(Math.max(0, start - 1), start + 2).flatMap((month) => (
    (month.boxes?.segments ?? []).flatMap(({ tiles }) => tiles).map((tile) => ({ ...tile, y: month.top + tile.top }))
  ));
  const beyond = boxes.filter(({ y }) => (step > 0 ? y > from + 1 : y < from - 1));
  const line = step > 0 ? Math.min(...beyond.map(({ y }) => y)) : Math.max(...beyond.map(({ y }) => y));
  const middle = here.tile.left + here.tile.width / 2;
  const distance = ({ left, width }) => Math.abs(left + width / 2 - middle);
  return beyond.filter(({ y }) => y === line).sort((a, b) => distance(a) - distance(b))[0]?.asset ?? null;
}

async function move(timeline, id, key) {
  const step = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  if (key === 'ArrowLeft' || key === 'ArrowRight') return timeline.beside(id, step);
  // At the edge of what is loaded the next month comes first.
  return inNextLine(timeline, id, step) ?? timeline.beside(id, step);
}

const MOVES = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];

export function listenToKeys(timeline) {
  const { canvas, selection } = timeline;
  canvas.addEventListener('keydown', async (event) => {
    const id = event.target.closest('.tile')?.dataset.id;
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
    if (MOVES.includes(event.key)) {
      event.preventDefault();
      const next = await move(timeline, id, event.key);
      if (!next) return;
      if (event.shiftKey) selection.add([timeline.asset(id), next]);
      timeline.focus(next.id);
    } else if (event.key === ' ') {
      event.preventDefault();
      selection.toggle(timeline.asset(id));
    }
  });
  canvas.addEventListener('focusin', (event) => {
    const id = event.target.closest('.tile')?.dataset.id;
    if (!id) return;
    timeline.focused = id;
    timeline.showFocus();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && selection.size > 0 && !event.defaultPrevented) selection.clear();
  });
}

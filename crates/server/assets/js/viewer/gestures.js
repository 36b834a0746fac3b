// Swiping: sideways for the next picture, down to close.

const SWIPE_PX = 56;

/** `swiped` is told 'next', 'previous' or 'close'. */
export function listenToSwipes(node, swiped) {
  let start = null;
  node.addEventListener('pointerdown', (event) => {
    // A finger on the controls of a video moves those.
    const isFree = event.pointerType !== 'mouse' && event.isPrimary && !event.target.closest('video, button, a');
    start = isFree ? { x: event.clientX, y: event.clientY, id: event.pointerId } : null;
  });
  node.addEventListener('pointermove', (event) => {
    if (!start || event.pointerId !== start.id) return;
    const slide = node.querySelector('.stage-slide');
    const x = event.clientX - start.x;
    if (slide && Math.abs(x) > Math.abs(event.clientY - start.y)) slide.style.translate = `${x}px 0`;
  });
  const end = (event) => {
    if (!start || event.pointerId !== start.id) return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    start = null;
    const slide = node.querySelector('.stage-slide');
    if (slide) slide.style.translate = '';
    if (event.type === 'pointercancel') return;
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > Math.abs(y)) swiped(x < 0 ? 'next' : 'previous');
    else if (y > SWIPE_PX * 1.5 && y > Math.abs(x)) swiped('close');
  };
  node.addEventListener('pointerup', end);
  node.addEventListener('pointercancel', end);
}

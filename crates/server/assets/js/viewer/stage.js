// Shows one picture or video, from its placeholder to the best version there is.
import { address } from '../api.js';
import { element, icon } from '../dom.js';
import { placeholder } from '../thumbhash.js';

const picture = (id, size) => address(`/assets/${id}/thumbnail?size=${size}&edited=true`);

/** Fetches the previews of neighbours, so that they are there when they are wanted. */
const MAX_AHEAD = 4;
const ahead = new Map();

export function fetchAhead(asset) {
  if (!asset?.isImage || !asset.thumbhash || ahead.has(asset.id)) return;
  if (ahead.size >= MAX_AHEAD) ahead.delete(ahead.keys().next().value);
  const image = new Image();
  image.src = picture(asset.id, 'preview');
  ahead.set(asset.id, image);
}

/** A layer over the ones before it, which appears when it has something to show. */
function layer(source) {
  const image = element('img', { alt: '', class: 'layer', draggable: 'false' });
  image.src = source;
  image.decode().then(() => image.classList.add('ready'), () => image.remove());
  return image;
}

function photo(asset, name) {
  const preview = element('img', { alt: name, class: 'layer', draggable: 'false' });
  preview.src = picture(asset.id, 'preview');
  preview.decode().then(() => preview.classList.add('ready'), () => preview.classList.add('missing'));
  return [layer(address(`/assets/${asset.id}/thumbnail?edited=true`)), preview];
}

function video(asset, name) {
  const player = element('video', {
    class: 'layer ready', controls: true, playsinline: true, preload: 'metadata', 'aria-label': name,
    src: address(`/assets/${asset.id}/video/playback`), poster: asset.thumbhash ? picture(asset.id, 'preview') : undefined,
  });
  player.addEventListener('error', () => {
    player.replaceWith(element('p', { class: 'stage-note' }, icon('warning'), 'This video cannot be played here. Download it to watch it.'));
  });
  return [player];
}

/** The element that shows an asset; `name` is what it is called. */
export function stage(asset, name) {
  const frame = element('div', { class: 'stage-frame' });
  frame.style.setProperty('--ratio', String(asset.ratio));
  const canvas = asset.thumbhash && placeholder(asset.thumbhash);
  if (canvas) frame.append(canvas);
  if (!asset.isImage) frame.append(...video(asset, name));
  else if (asset.thumbhash) frame.append(...photo(asset, name));
  else frame.append(element('p', { class: 'stage-note' }, icon('photos'), 'The preview of this picture is not ready yet.'));
  return element('div', { class: 'stage-slide' }, frame);
}

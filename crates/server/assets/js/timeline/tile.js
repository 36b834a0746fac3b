// One picture in a timeline.
import { address } from '../api.js';
import { element, icon } from '../dom.js';
import { clock, duration, longDay } from '../format.js';
import { placeholder } from '../thumbhash.js';

function name(asset) {
  const kind = asset.isImage ? 'Photo' : 'Video';
  const words = [kind, `${longDay(asset.time.slice(0, 10))}, ${clock(asset.time)}`];
  if (!asset.isImage && asset.durationMs) words.push(duration(asset.durationMs));
  if (asset.isFavorite) words.push('favourite');
  if (asset.note) words.push(asset.note);
  return words.join(', ');
}

function badges(asset) {
  const list = [];
  if (asset.isFavorite) list.push(element('span', { class: 'badge heart' }, icon('heart-full')));
  if (!asset.isImage) {
    const text = asset.durationMs ? element('span', {}, duration(asset.durationMs)) : null;
    list.push(element('span', { class: 'badge video' }, icon('play'), text));
  } else if (asset.isLive) {
    list.push(element('span', { class: 'badge video' }, icon('live')));
  }
  if (asset.note) list.push(element('span', { class: 'badge note' }, asset.note));
  return list;
}

export class Tile {
  constructor(asset, path) {
    this.asset = asset;
    this.link = element('a', { class: 'tile-link', href: `${path}/${asset.id}`, tabindex: '-1', draggable: 'false' });
    this.check = element('button', { type: 'button', class: 'tile-check', role: 'checkbox', tabindex: '-1' }, icon('check'));
    this.node = element('div', { class: 'tile' }, this.link, this.check);
    this.node.dataset.id = asset.id;
    this.show(asset);
  }

  /** Shows what is known about the picture now. */
  show(asset) {
    this.asset = asset;
    this.link.setAttribute('aria-label', name(asset));
    this.check.setAttribute('aria-label', `Select ${name(asset)}`);
    this.link.replaceChildren();
    // No hash means no thumbnail either: both come from the same job.
    if (asset.thumbhash) {
      const canvas = placeholder(asset.thumbhash);
      if (canvas) this.link.append(canvas);
    } else {
      this.link.append(element('span', { class: 'tile-waits' }, icon(asset.isImage ? 'photos' : 'play')));
    }
    this.image = null;
    this.link.append(...badges(asset));
  }

  /** Fetches the thumbnail. Left out while somebody scrolls past quickly. */
  load() {
    if (this.image || !this.asset.thumbhash) return;
    const image = element('img', { alt: '', draggable: 'false', decoding: 'async' });
    image.addEventListener('load', () => image.classList.add('ready'), { once: true });
    image.addEventListener('error', () => image.remove(), { once: true });
    image.src = address(`/assets/${this.asset.id}/thumbnail?edited=true`);
    this.image = image;
    const canvas = this.link.querySelector('canvas');
    if (canvas) canvas.after(image);
    else this.link.prepend(image);
  }

  place({ left, top, width, height }, segment) {
    const box = `${left - segment.left},${top - segment.top},${width},${height}`;
    if (box === this.box) return;
    this.box = box;
    Object.assign(this.node.style, {
      left: `${left - segment.left}px`, top: `${top - segment.top}px`, width: `${width}px`, height: `${height}px`,
    });
  }

  select(isSelected) {
    this.node.classList.toggle('selected', isSelected);
    this.check.setAttribute('aria-checked', String(isSelected));
  }

  /** Stops a download that nobody waits for any more. */
  leave() {
    if (this.image && !this.image.complete) this.image.removeAttribute('src');
    this.node.remove();
  }
}

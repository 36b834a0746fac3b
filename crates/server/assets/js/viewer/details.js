// What is known about a picture, and what can be changed about it.
import { isGuest, put } from '../api.js';
import { element, icon } from '../dom.js';
import { bytes, clock, longDay } from '../format.js';
import { complain } from '../toast.js';

const STARS = [1, 2, 3, 4, 5];

function fact(symbol, ...lines) {
  const shown = lines.filter(Boolean);
  if (shown.length === 0) return null;
  const [first, ...rest] = shown;
  return element('li', {}, icon(symbol), element('div', {}, element('strong', {}, first), ...rest.map((line) => element('span', {}, line))));
}

function date(info) {
  const local = info.localDateTime;
  const zone = info.exifInfo?.timeZone;
  return fact('calendar', longDay(local.slice(0, 10)), zone ? `${clock(local)}, ${zone}` : clock(local));
}

function camera({ exifInfo: exif }) {
  const { make, model, lensModel } = exif;
  // Many models carry the name of their maker already.
  const body = model && make && !model.toLowerCase().startsWith(make.toLowerCase()) ? `${make} ${model}` : model ?? make;
  const settings = [
    exif.fNumber && `ƒ/${exif.fNumber}`, exif.exposureTime && `${exif.exposureTime} s`,
    exif.focalLength && `${exif.focalLength} mm`, exif.iso && `ISO ${exif.iso}`,
  ].filter(Boolean).join(' · ');
  return fact('camera', body, lensModel, settings);
}

function file({ originalFileName, originalPath, exifInfo: exif, width, height }) {
  const size = exif?.fileSizeInByte ? bytes(exif.fileSizeInByte) : null;
  const pixels = width && height ? `${width} × ${height}` : null;
  const megapixels = width && height ? `${((width * height) / 1e6).toFixed(1)} MP` : null;
  const item = fact('file', originalFileName, [size, pixels, megapixels].filter(Boolean).join(' · '));
  // Where it lies on the server is nothing for guests.
  if (!isGuest) item.lastElementChild.append(element('span', { class: 'path' }, originalPath));
  return item;
}

function place({ exifInfo: exif }) {
  if (exif?.latitude === null || exif?.latitude === undefined) return null;
  const name = [exif.city, exif.state, exif.country].filter(Boolean).join(', ');
  const [latitude, longitude] = [exif.latitude.toFixed(5), exif.longitude.toFixed(5)];
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=14/${latitude}/${longitude}`;
  const link = element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, 'Show on a map');
  return fact('pin', name || `${latitude}, ${longitude}`, link);
}

/** Stars to press; the pressed one takes the rating back. */
function rating(info, update) {
  const group = element('fieldset', { class: 'stars' }, element('legend', {}, 'Rating'));
  const show = (value) => [...group.querySelectorAll('button')].forEach((star, index) => {
    star.setAttribute('aria-pressed', String(value === index + 1));
    star.classList.toggle('lit', index < value);
  });
  let current = info.exifInfo?.rating ?? 0;
  for (const number of STARS) {
    const press = async () => {
      const wanted = current === number ? null : number;
      if (!await update({ rating: wanted })) return;
      current = wanted ?? 0;
      show(current);
    };
    group.append(element('button', { type: 'button', 'aria-label': `${number} ${number === 1 ? 'star' : 'stars'}`, onclick: press }, icon('star')));
  }
  show(current);
  return group;
}

function description(info, update) {
  const box = element('textarea', { rows: 2, placeholder: 'Add a description' }, info.exifInfo?.description ?? '');
  let saved = box.value;
  box.addEventListener('change', async () => {
    if (box.value !== saved && await update({ description: box.value })) saved = box.value;
  });
  return element('label', { class: 'field' }, element('span', {}, 'Description'), box);
}

/** The panel for an asset as `GET /assets/{id}` describes it. */
export function details(info, { isOwn = true, close } = {}) {
  const update = async (change) => {
    try {
      await put(`/assets/${info.id}`, change);
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  };
  const head = element('div', { class: 'details-head' }, element('h2', { id: 'details-title' }, 'Details'),
    element('button', { type: 'button', class: 'round', 'aria-label': 'Close details', onclick: close }, icon('close')));
  const edits = isOwn ? [description(info, update), rating(info, update)] : [];
  const facts = [date(info), info.exifInfo && camera(info), file(info), place(info)].filter(Boolean);
  return [head, ...edits, element('ul', { class: 'facts' }, ...facts)];
}

// Links by which people without an account see something: made, changed.
import { patch, post } from './api.js';
import { fill, showText } from './dialogs.js';

/** A moment as a day of the reader's own calendar, as fields for dates want it. */
function dayOf(moment) {
  const at = new Date(moment);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

const tomorrow = () => dayOf(Date.now() + 86_400_000);
const expiryDay = ({ expiresAt }) => (expiresAt ? dayOf(expiresAt) : '');

function fields(link) {
  return [
    { name: 'description', label: 'Note for your guests', value: link.description ?? '' },
    { name: 'password', label: 'Password', type: 'password', value: link.password ?? '', autocomplete: 'new-password', hint: 'Leave empty for none.' },
    { name: 'expiresOn', label: 'Works until', type: 'date', min: link.expiresAt ? undefined : tomorrow(), value: expiryDay(link), hint: 'Leave empty for no end.' },
    { name: 'slug', label: 'Custom URL', value: link.slug ?? '', hint: 'For example our-trip. Leave empty for one that nobody can guess.' },
    { name: 'allowDownload', label: 'Guests may download originals', type: 'checkbox', checked: link.allowDownload },
    { name: 'allowUpload', label: 'Guests may add photos', type: 'checkbox', checked: link.allowUpload },
    { name: 'showMetadata', label: 'Guests see camera, place and names; needed for downloads', type: 'checkbox', checked: link.showMetadata },
  ];
}

/** What was filled in, as the API wants it. A day ends with its last moment; the one that was there keeps its hour. */
function wish({ expiresOn, ...values }, link) {
  const texts = Object.fromEntries(['description', 'password', 'slug'].map((name) => [name, values[name] || null]));
  const wanted = { ...values, ...texts };
  if (expiresOn === expiryDay(link)) return wanted;
  return { ...wanted, expiresAt: expiresOn ? new Date(`${expiresOn}T23:59:59.999`).toISOString() : null };
}

/** Where guests find a link. */
function addressOf({ slug, key }) {
  return `${location.origin}${slug ? `/s/${encodeURIComponent(slug)}` : `/share/${key}`}`;
}

/** Makes a link to `target` and shows its address. Answers whether there is one. */
export async function share(target) {
  const fresh = { allowDownload: true, allowUpload: false, showMetadata: true };
  const link = await fill('Share by link', fields(fresh), 'Create link', (values) => post('/shared-links', { ...target, ...wish(values, fresh) }));
  if (!link) return false;
  await showAddress(link);
  return true;
}

/** Shows where guests find a link, to be copied. */
export function showAddress(link) {
  const hint = 'Whoever has this address sees the photos. You find it again under Shared links.';
  return showText('Your link', hint, addressOf(link), 'Address of the link');
}

/** Changes a link; the mark that stands for its password says, sent back, that it stays. Answers whether anything was changed. */
export async function edit(link) {
  return Boolean(await fill('Change link', fields(link), 'Save', (values) => patch(`/shared-links/${link.id}`, wish(values, link))));
}

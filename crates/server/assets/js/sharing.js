// Links by which people without an account see something: made, changed.
import { patch, post } from './api.js';
import { fill, showText } from './dialogs.js';

/** Stands for a password that nobody is told; sent back, it stays. */
const HIDDEN = '********';

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

function fields(link) {
  return [
    { name: 'description', label: 'Note for your guests', value: link.description ?? '' },
    { name: 'password', label: 'Password', type: 'password', value: link.password ?? '', autocomplete: 'new-password', hint: 'Leave empty for none.' },
    { name: 'expiresOn', label: 'Works until', type: 'date', min: link.expiresAt ? undefined : tomorrow(), value: link.expiresAt?.slice(0, 10) ?? '', hint: 'Leave empty for ever.' },
    { name: 'slug', label: 'Own address', value: link.slug ?? '', hint: 'For example our-trip. Leave empty for one that nobody can guess.' },
    { name: 'allowDownload', label: 'Guests may download originals', type: 'checkbox', checked: link.allowDownload },
    { name: 'allowUpload', label: 'Guests may add photos', type: 'checkbox', checked: link.allowUpload },
    { name: 'showMetadata', label: 'Guests see camera, place and names; needed for downloads', type: 'checkbox', checked: link.showMetadata },
  ];
}

/** What was filled in, as the API wants it. A day ends with its last moment. */
function wish({ expiresOn, ...values }) {
  const texts = Object.fromEntries(['description', 'password', 'slug'].map((name) => [name, values[name] || null]));
  return { ...values, ...texts, expiresAt: expiresOn ? new Date(`${expiresOn}T23:59:59.999`).toISOString() : null };
}

/** Where guests find a link. */
export function addressOf({ slug, key }) {
  return `${location.origin}${slug ? `/s/${encodeURIComponent(slug)}` : `/share/${key}`}`;
}

/** Makes a link to `target` and shows its address. Answers whether there is one. */
export async function share(target) {
  const fresh = { allowDownload: true, allowUpload: false, showMetadata: true };
  const link = await fill('Share by link', fields(fresh), 'Create link', (values) => post('/shared-links', { ...target, ...wish(values) }));
  if (!link) return false;
  const hint = 'Whoever has this address sees the photos. You find it again under Shared links.';
  await showText('Your link', hint, addressOf(link), 'Address of the link');
  return true;
}

/** Changes a link. Answers whether anything was changed. */
export async function edit(link) {
  const shown = { ...link, password: link.password ? HIDDEN : '' };
  return Boolean(await fill('Change link', fields(shown), 'Save', (values) => patch(`/shared-links/${link.id}`, wish(values))));
}

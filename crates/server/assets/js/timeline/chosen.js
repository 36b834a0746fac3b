// The pictures of a shared link that were chosen one by one. They come in one answer; here they are put into months.
import { get } from '../api.js';
import { fromInfo } from './library.js';

let pictures = [];

/** The months of the link, newest first: `[{ key: '2024-05-01', count: 12 }]`. */
export async function months() {
  const { assets } = await get('/shared-links/me');
  pictures = assets.map(fromInfo).sort((a, b) => b.time.localeCompare(a.time));
  const counts = new Map();
  for (const { month: key } of pictures) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ key, count }));
}

/** The pictures of a month. */
export async function month(query, key) {
  return pictures.filter((picture) => picture.month === key);
}

// What the API says about a timeline: its months, and the pictures of one month.
import { get } from '../api.js';
import { durationMs } from '../format.js';

/** The months of a timeline, in its order: `[{ key: '2024-05-01', count: 12 }]`. */
export async function months(query) {
  const found = await get(`/timeline/buckets?${query}`);
  return found.map(({ timeBucket, count }) => ({ key: timeBucket.slice(0, 10), count }));
}

/** The wall-clock time where the picture was taken, as `2024-05-06T07:08:09`. */
export function localTime(utc, offsetHours) {
  const ms = Date.parse(utc.endsWith('Z') ? utc : `${utc}Z`) + offsetHours * 3_600_000;
  return new Date(ms).toISOString().slice(0, 19);
}

/** The pictures of a month: the columns of the answer, turned into rows. */
export async function month(query, key) {
  const columns = await get(`/timeline/bucket?${query}&timeBucket=${key}`);
  return columns.id.map((id, index) => ({
    id,
    ratio: columns.ratio[index] || 1,
    isImage: columns.isImage[index],
    isFavorite: columns.isFavorite[index],
    isTrashed: columns.isTrashed[index],
    visibility: columns.visibility[index],
    thumbhash: columns.thumbhash[index],
    durationMs: durationMs(columns.duration[index]),
    isLive: columns.livePhotoVideoId[index] !== null,
    time: localTime(columns.fileCreatedAt[index], columns.localOffsetHours[index]),
    month: key,
  }));
}

/** What a timeline would say about an asset that another answer describes. */
export function fromInfo(info) {
  return {
    id: info.id,
    ratio: info.width && info.height ? info.width / info.height : 1,
    isImage: info.type === 'IMAGE',
    isFavorite: info.isFavorite ?? false,
    isTrashed: info.isTrashed ?? false,
    visibility: info.visibility,
    thumbhash: info.thumbhash,
    durationMs: durationMs(info.duration),
    isLive: Boolean(info.livePhotoVideoId),
    time: info.localDateTime.slice(0, 19),
    month: `${info.localDateTime.slice(0, 7)}-01`,
  };
}

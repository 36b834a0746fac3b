// The API of this server, with the cookie of the page; behind a shared link, with the key of the link.

/** How guests of a shared link name it in requests, such as `key=…`; nothing for everybody else. */
const guest = document.documentElement.dataset.guest;
export const isGuest = Boolean(guest);

/** The address of something below /api. */
export function address(path) {
  if (!guest) return `/api${path}`;
  return `/api${path}${path.includes('?') ? '&' : '?'}${guest}`;
}

/** A request that was refused or did not arrive. `status` is 0 when there was no answer at all. */
export class ApiFailure extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/** Shows the sign-in form and comes back afterwards. Guests are asked for the password of their link, if it has one. */
export function signInAgain() {
  if (guest) {
    location.reload();
    return;
  }
  const back = location.pathname + location.search;
  location.assign(`/login?next=${encodeURIComponent(back)}`);
}

/** What an error body says, in one text. */
export function reason(body, status) {
  const said = body?.message;
  if (Array.isArray(said)) return said.join('. ');
  return said || `The server answered with status ${status}`;
}

async function send(method, path, body, signal) {
  const init = { method, signal, headers: { Accept: 'application/json' } };
  if (body !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  try {
    return await fetch(address(path), init);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiFailure(0, 'The server cannot be reached. Check your connection.');
  }
}

/** A request below /api; answers the response. Refusals throw. */
export async function request(method, path, body, { signal } = {}) {
  const response = await send(method, path, body, signal);
  if (response.ok) return response;
  if (response.status === 401) signInAgain();
  const said = await response.json().catch(() => null);
  throw new ApiFailure(response.status, reason(said, response.status));
}

/** A request below /api; answers what came back as JSON, or nothing. */
export async function call(method, path, body, options) {
  const response = await request(method, path, body, options);
  if (response.status === 204) return undefined;
  return response.json();
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body) => call('POST', path, body ?? {});
export const put = (path, body) => call('PUT', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const remove = (path, body) => call('DELETE', path, body);

// Requests to a node, and a socket that remembers what it heard.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { io } = createRequire(join(process.env.TINTYPE_PACKAGES, 'index.js'))('socket.io-client');
const LIMIT_MS = 60_000;

export async function call(url, method, path, token, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }) };
  const isForm = body instanceof FormData;
  if (body && !isForm) headers['content-type'] = 'application/json';
  const answer = await fetch(`${url}/api${path}`, { method, headers, body: isForm ? body : body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

/** A socket as the apps open it, and everything that it heard. */
export function listen(url, headers) {
  const socket = io(url, { path: '/api/socket.io', transports: ['websocket'], extraHeaders: headers, reconnection: false, forceNew: true });
  const heard = [];
  socket.onAny((event, ...payload) => heard.push({ event, payload }));
  const find = (event, matches = () => true) => heard.find((one) => one.event === event && matches(one.payload[0]));
  async function until(event, matches) {
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
      const found = find(event, matches);
      if (found) return found.payload[0];
    }
    assert.fail(`${event} did not come; heard ${heard.map((one) => one.event).join(', ')}`);
  }
  return { socket, heard, until };
}

// What is asked of the daemon. Addresses are relative to the page, so that it also works below a path of a reverse proxy.

const BASE = 'api/v1/';
const PATIENCE = 15_000;
const KEPT_AS = 'dnsfailover.token';

/** What went wrong, in a sentence for people. Status 0: nobody answered. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let token = null;
try {
  token = sessionStorage.getItem(KEPT_AS);
} catch {
  // Storage may be forbidden; the token is asked for again after a reload then.
}

/** True when there is a token to send. */
export const hasToken = () => token !== null;

/** Keeps a token until the tab is closed; null forgets it. */
export function keepToken(text) {
  token = text;
  try {
    if (text === null) {
      sessionStorage.removeItem(KEPT_AS);
    } else {
      sessionStorage.setItem(KEPT_AS, text);
    }
  } catch {
    // It is kept in memory.
  }
}

/** The headers of a request. */
export const headers = (more, given = token) => (given === null ? more : { ...more, Authorization: `Bearer ${given}` });

/** Asks for a document. */
export const get = (path, query, signal) => send('GET', path, { query, signal });

/** Says something. `given` is a token that is not kept yet. */
export const say = (method, path, { query, body, given } = {}) => send(method, path, { query, body, given });

/** The address of something, with what is given of the query. */
export function address(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return BASE + path + (given.length > 0 ? `?${new URLSearchParams(given)}` : '');
}

/** A part of a path that comes from data. */
export const part = (text) => encodeURIComponent(text);

async function send(method, path, { query, body, given, signal }) {
  const limit = AbortSignal.timeout(PATIENCE);
  let response;
  let text;
  try {
    response = await fetch(address(path, query), {
      method,
      headers: headers(body ? { Accept: 'application/json', 'Content-Type': 'application/json' } : { Accept: 'application/json' }, given ?? token),
      body: body ? JSON.stringify(body) : undefined,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new Problem(0, limit.aborted ? `the daemon did not answer within ${PATIENCE / 1000} s` : 'the daemon cannot be reached');
  }
  const document = parse(text);
  if (!response.ok) {
    throw new Problem(response.status, document?.detail ?? document?.title ?? `the daemon answered ${response.status}`);
  }
  if (document === null) {
    throw new Problem(response.status, 'what came back is not from the daemon; is something else at this address?');
  }
  return document;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What an address of the page asks for.

/** The view, and what is asked of it: #/services/NAME?do=approve. */
export function routeOf(hash) {
  const [path, query] = hash.replace(/^#/, '').split('?', 2);
  const match = /^\/services\/([^/]+)$/.exec(path);
  return { path: match ? path : '/', name: match ? decodeURIComponent(match[1]).toLowerCase() : null, query: new URLSearchParams(query ?? '') };
}

/** What a link in an alert asked for has been done, or cannot be. */
export function forgetLink() {
  const [path, query] = location.hash.split('?', 2);
  const left = new URLSearchParams(query ?? '');
  if (left.has('do')) {
    left.delete('do');
    history.replaceState(null, '', left.size > 0 ? `${path}?${left}` : path || '#/');
  }
}

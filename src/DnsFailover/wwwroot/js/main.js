// Puts it together: which view the address asks for, the stream it follows, and what the buttons do.

import { get, hasToken, keepToken } from './api.js';
import { isAsking, openAction, openToken } from './actions.js';
import { h, morphChildren } from './dom.js';
import { LiveStream } from './live.js';
import { Overview } from './overview.js';
import { PublicView } from './public.js';
import { forgetLink, routeOf } from './routes.js';
import { ServiceView } from './service.js';
import { watchStrips } from './strip.js';
import { paintTheme, turnTheme } from './themes.js';
import { at, moment, now, tick, utc } from './time.js';
import { capital, sentence } from './words.js';

const PUBLIC_PERIOD = 30_000;

const main = document.getElementById('main');
const banner = document.getElementById('banner');
const connection = document.getElementById('connection');

let access = null;
let view = null;
let stream = null;
let shownRoute = null;
let lostSince = null;
let lostBecause = null;
let isStreaming = false;
let trouble = null;
let said = null;
let painting = false;
let publicTimer = 0;
let retryTimer = 0;
let retries = 0;

const context = {
  get mayChange() {
    return access?.read === true && access.tokenIsSet && (access.change || !hasToken());
  },
  repaint() {
    if (!painting) {
      painting = true;
      // Not requestAnimationFrame: a tab in the background must not fall behind, its title tells how things are.
      setTimeout(paint, 30);
    }
  },
  announce(text) {
    document.getElementById('said').textContent = sentence(text);
  },
  reload: () => load(),
  leaveFor(hash, says) {
    said = says;
    location.hash = hash;
  },
};

function paint() {
  painting = false;
  if (!view) {
    return;
  }
  const focused = document.activeElement;
  morphChildren(main, h('div', null, said ? saidPart(said) : null, trouble ?? view.render()));
  if (focused !== document.activeElement && main.contains(focused)) {
    focused.focus({ preventScroll: true }); // it was moved
  }
  document.title = view.title;
  paintConnection();
}

const saidPart = (text) => h('div', { class: 'notice said', role: 'status', 'data-key': 'said' }, h('p', null, sentence(text)), h('button', { type: 'button', class: 'small-button', 'data-do': 'dismiss' }, 'Dismiss'));

function paintConnection() {
  const isLost = lostSince !== null;
  put(connection, isLost ? 'not connected' : isStreaming ? 'live' : 'loaded');
  connection.className = `connection ${isLost ? 'lost' : isStreaming ? 'live' : ''}`;
  banner.hidden = !isLost;
  document.body.classList.toggle('stale', isLost);
  if (isLost) {
    morphChildren(banner, h('div', null, h('strong', null, 'Not connected since ', at(new Date(lostSince).toISOString()), '.'), ` ${capital(sentence(lostBecause))} What you see is how things were then. It connects again by itself. `, h('button', { type: 'button', class: 'small-button', 'data-do': 'hurry' }, 'Try now')));
  }
  const unlock = document.getElementById('unlock');
  unlock.hidden = !access || !(access.tokenIsSet || hasToken());
  morphChildren(unlock, h('span', null, h('span', { class: 'wide' }, hasToken() ? 'Forget ' : 'Enter '), hasToken() ? 'token ✓' : 'token'));
}

/** Nothing is told to a screen reader that has not changed. */
function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function lost(because) {
  lostSince ??= now();
  lostBecause = because;
  paintConnection();
}

/** Until the next attempt: longer each time, and not in step with the other pages that have lost the same daemon. */
const pause = () => Math.min(30_000, 1000 * 2 ** Math.min(retries++, 5)) * (0.5 + Math.random() / 2);

function connected() {
  clearTimeout(retryTimer);
  lostSince = null;
  trouble = null;
  retries = 0;
  paintConnection();
}

/** Loads the view's documents. Gives the number of the newest event in them; undefined when that failed. */
async function load() {
  const mine = view;
  clearTimeout(retryTimer);
  try {
    const lastEvent = await mine.load();
    if (mine === view) {
      connected();
      context.repaint();
      followLink();
    }
    return lastEvent;
  } catch (problem) {
    if (mine === view) {
      failed(problem);
    }
    return undefined;
  }
}

function failed(problem) {
  if (problem.status === 401 || problem.status === 403) {
    refuse();
  } else if (problem.status === 0 || problem.status >= 502) {
    lost(problem.message);
    clearTimeout(retryTimer); // the stream may be well while documents are not: a daemon that is just starting
    retryTimer = setTimeout(load, pause());
  } else if (problem.status === undefined) {
    throw problem; // a defect of this page: let the console have it
  } else {
    stream?.close();
    stream = null;
    isStreaming = false;
    trouble = troublePart(problem);
    context.repaint();
  }
}

const troublePart = (problem) => h('div', { class: 'view', 'data-key': 'problem' }, h('h1', { tabindex: '-1' }, problem.status === 404 ? 'There is no such thing' : 'This cannot be shown'), h('p', null, sentence(problem.message)), h('p', null, h('a', { href: '#/' }, 'All services')));

/** What was allowed is not any more: the token was changed, for example. */
function refuse() {
  keepToken(null);
  stream?.close();
  stream = null;
  boot();
}

async function show({ isFirst = false } = {}) {
  const route = routeOf(location.hash);
  if (shownRoute !== route.path || isFirst) {
    view?.leave?.();
    stream?.close();
    stream = null;
    shownRoute = route.path;
    trouble = null;
    isStreaming = false;
    view = route.name === null ? new Overview(context, route.query) : new ServiceView(context, route.name);
    const mine = view;
    context.repaint();
    const lastEvent = await load();
    if (mine !== view) {
      return;
    }
    if (trouble === null) {
      follow(lastEvent);
    }
    paint();
    if (!isFirst) {
      scrollTo(0, 0);
      main.querySelector('h1')?.focus({ preventScroll: true });
    }
  }
  followLink();
}

/** A link in an alert leads to a dialog: #/services/NAME?do=approve. It opens once what it is about is known. */
function followLink() {
  const wanted = routeOf(location.hash).query.get('do');
  if (wanted && !isAsking() && view.counts) {
    begin({ kind: wanted });
    if (!isAsking()) {
      forgetLink();
    }
  }
}

function follow(after) {
  const mine = view;
  stream?.close();
  stream = new LiveStream({
    after,
    query: view.streamQuery,
    onEvent(type, data) {
      if (type === 'reset') {
        load();
      } else {
        mine.event(type, data);
        context.repaint();
      }
    },
    onState(state) {
      if (state === 'live') {
        isStreaming = true;
        if (lostSince !== null || mine.streamQuery.service) {
          load(); // the probes of before the stream began are in the document alone
        }
        paintConnection();
      } else if (state === 'refused') {
        refuse();
      } else {
        isStreaming = false;
        load(); // the stream may be all that does not work; then this goes on without it
      }
    },
  });
}

async function boot() {
  clearTimeout(publicTimer);
  try {
    access = await get('access');
    if (hasToken() && !access.change) {
      keepToken(null); // it is not the right one any more
      said = access.says;
      access = await get('access');
    }
  } catch (problem) {
    if (problem.status === 401 || problem.status === 429) {
      keepToken(null);
      access = { read: false, change: false, tokenIsSet: true, says: problem.message };
    } else if (problem.status !== 0 && problem.status < 500) {
      failed(problem);
      return;
    } else {
      lost(problem.message);
      publicTimer = setTimeout(boot, pause());
      return;
    }
  }
  document.getElementById('version').textContent = access.version ? `dnsfailover ${access.version}` : '';
  if (access.read) {
    await show({ isFirst: true });
  } else if (access.statusPage === 'public') {
    await showPublic();
  } else {
    connected();
    view = null;
    morphChildren(main, h('div', null, h('div', { class: 'view', 'data-key': 'locked' }, h('h1', { tabindex: '-1' }, 'This page is not for everybody'), h('p', null, sentence(access.says ?? 'Reading needs the token')), access.tokenIsSet ? h('p', null, h('button', { type: 'button', class: 'wanted', 'data-do': 'unlock' }, 'Enter token')) : null)));
  }
}

async function showPublic() {
  view = view instanceof PublicView ? view : new PublicView();
  await load();
  publicTimer = setTimeout(showPublic, PUBLIC_PERIOD);
}

/** Opens the dialog that begins something. */
function begin({ kind, service, endpoint }) {
  const document_ = view instanceof ServiceView ? view.service : null;
  if (!['force', 'drain', 'freeze', 'approve'].includes(kind) || (!document_ && (kind !== 'freeze' || view instanceof ServiceView)) || (service && document_?.name !== service)) {
    return;
  }
  if (!context.mayChange) {
    said = access?.says ?? 'Nothing can be changed here; use the commands of dnsfailover on its own machine';
    context.repaint();
    return;
  }
  openAction({ kind, service: document_, endpoint, counts: view.counts }, done);
}

function end({ kind, service, endpoint }) {
  const document_ = view instanceof ServiceView && service ? view.service : null;
  if (!service || document_) {
    openAction({ kind, isEnd: true, service: document_, endpoint, counts: view.counts }, done);
  }
}

async function done(says) {
  said = says;
  try {
    access = await get('access');
  } catch {
    // It is asked again with the next load.
  }
  await load();
}

const DO = {
  skip: () => main.focus(),
  theme: () => turnTheme(),
  hurry: () => {
    if (stream) {
      stream.hurry();
      load();
    } else {
      boot();
    }
  },
  more: () => guard(view.more()),
  older: () => guard(view.history.older()),
  filter: ({ state }) => guard(view.filter({ state })),
  dismiss: () => { said = null; context.repaint(); },
  begin: (data) => begin(data),
  end: (data) => end(data),
  unlock: () => {
    if (hasToken()) {
      keepToken(null);
      refuse();
    } else {
      openToken(null, () => boot());
    }
  },
};

/** What goes wrong in the background is shown as any other trouble. */
function guard(promise) {
  promise?.catch?.(failed);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (button) {
    event.preventDefault();
    DO[button.dataset.do]?.(button.dataset);
  }
});

let searchTimer = 0;
document.addEventListener('input', (event) => {
  if (event.target.dataset?.input === 'search') {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => guard(view.filter?.({ q: event.target.value.trim() })), 150);
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !isAsking() && !/^(input|select|textarea)$/i.test(event.target.nodeName) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById('search');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

document.addEventListener('toggle', (event) => {
  const id = event.target.dataset?.record;
  if (id !== undefined && view instanceof ServiceView) {
    view.history.toggled(Number(id), event.target.open);
    context.repaint();
  }
}, true);

addEventListener('hashchange', () => {
  if (access?.read) {
    guard(show());
  }
});
addEventListener('online', () => stream?.hurry());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && lostSince !== null && stream?.hurry());
document.getElementById('dialog').addEventListener('close', forgetLink);

setInterval(() => {
  tick();
  const clock = document.getElementById('clock');
  clock.textContent = access ? `${moment(now())} by the daemon's clock` : '';
  clock.title = utc(now());
}, 1000);

watchStrips(main, context.repaint);
paintTheme();
guard(boot());

// Taking over: a dialog that asks what is needed, says what will follow, and shows what the daemon answers.

import { get, hasToken, keepToken, part, say } from './api.js';
import { h, morphChildren } from './dom.js';
import { beginConsequence, endConsequence, ending, TITLES } from './consequences.js';
import { sentence } from './words.js';

const LENGTHS = [['15m', '15 minutes'], ['30m', '30 minutes'], ['1h', '1 hour'], ['2h', '2 hours'], ['4h', '4 hours'], ['8h', '8 hours'], ['24h', '1 day'], ['168h', '7 days'], ['until', 'until a time…']];
const ACTOR_KEPT_AS = 'dnsfailover.actor';

const dialog = document.getElementById('dialog');
let asked = null;

/**
 * Opens the dialog. `ask`: { kind, isEnd, service: the document or null for all, endpoint, said: what is ended, counts }.
 * `done(says)` is called with the daemon's sentence.
 */
export function openAction(ask, done) {
  const idle = ask.service?.endpoints.filter((endpoint) => !endpoint.isServed) ?? [];
  const first = idle.find((endpoint) => endpoint.status === 'Up') ?? idle[0] ?? ask.service?.endpoints[0];
  const served = ask.service?.endpoints.find((endpoint) => endpoint.isServed);
  asked = {
    ...ask, done,
    endpoint: ask.endpoint ?? (ask.kind === 'force' ? first?.name : ask.kind === 'drain' ? (served ?? first)?.name : undefined),
    length: '1h', until: '', reason: '', actor: recall(), token: '', needsToken: !hasToken(), problem: null, isBusy: false,
  };
  paint();
  dialog.showModal();
  (dialog.querySelector('[data-first]') ?? dialog.querySelector('button')).focus();
}

/** Asks for the token alone. */
export function openToken(says, done) {
  asked = { kind: 'token', done, says, token: '', needsToken: true, problem: null, isBusy: false };
  paint();
  dialog.showModal();
  dialog.querySelector('input').focus();
}

/** True while it is open. */
export const isAsking = () => dialog.open;

function paint() {
  morphChildren(dialog, h('div', null, asked.kind === 'token' ? tokenForm() : form()));
}

function tokenForm() {
  return h('form', { class: 'ask', 'data-form': 'token', autocomplete: 'off' },
    h('h2', { id: 'dialog-title' }, 'Token'),
    asked.says ? h('p', null, sentence(asked.says)) : null,
    tokenField(),
    problemPart(),
    buttons('Use it'));
}

function form() {
  const { kind, isEnd, service } = asked;
  return h('form', { class: 'ask', 'data-form': 'action', 'data-key': `${kind} ${isEnd}` },
    h('h2', { id: 'dialog-title' }, isEnd ? ending(asked) : TITLES[kind](service)),
    !isEnd && (kind === 'force' || kind === 'drain') ? field('Endpoint', 'endpoint', h('select', { id: 'ask-endpoint', name: 'endpoint', 'data-first': true }, service.endpoints.map((endpoint) => h('option', { value: endpoint.name, selected: endpoint.name === asked.endpoint }, `${endpoint.name} (${endpoint.status}${endpoint.isServed ? ', gets the traffic' : ''})`)))) : null,
    isEnd ? null : field('For how long', 'length', h('select', { id: 'ask-length', name: 'length', 'data-first': true }, LENGTHS.map(([value, text]) => h('option', { value, selected: value === asked.length }, text)))),
    !isEnd && asked.length === 'until' ? field('Until (your time)', 'until', h('input', { id: 'ask-until', name: 'until', type: 'datetime-local', required: true, 'data-key': 'until' })) : null,
    field('Reason, for everyone who will see it', 'reason', h('input', { id: 'ask-reason', name: 'reason', type: 'text', maxlength: 500, required: !isEnd, autocomplete: 'off', 'data-first': isEnd })),
    field('Who you are', 'actor', h('input', { id: 'ask-actor', name: 'actor', type: 'text', maxlength: 500, required: true, value: recall(), placeholder: 'alice@laptop', autocomplete: 'username' })),
    asked.needsToken ? tokenField() : null,
    h('div', { class: 'consequence', 'aria-live': 'polite' }, (isEnd ? endConsequence(asked) : beginConsequence(asked)).map(({ tone, text }) => h('p', { class: tone }, text))),
    problemPart(),
    buttons(isEnd ? ending(asked).split(' ')[0] : { force: `Force ${asked.endpoint}`, drain: `Drain ${asked.endpoint}`, freeze: service ? 'Freeze' : 'Freeze everything', approve: 'Approve the failback' }[kind]));
}

const field = (label, name, control) => h('div', { class: 'field', 'data-key': `field ${name}` }, h('label', { for: `ask-${name}` }, label), control);

const tokenField = () => field('Token (api.token in failover.yaml)', 'token', h('input', { id: 'ask-token', name: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false', 'data-first': asked.kind === 'token' }));

const problemPart = () => h('div', { class: 'problem', role: 'alert', 'data-key': 'problem' }, asked.problem ? h('p', { class: 'poor' }, sentence(asked.problem)) : null);

const buttons = (text) => h('div', { class: 'buttons', 'data-key': 'buttons' },
  h('button', { type: 'button', 'data-close': true }, 'Cancel'),
  h('button', { type: 'submit', class: 'wanted', disabled: asked.isBusy }, asked.isBusy ? 'Asking the daemon…' : text));

dialog.addEventListener('input', (event) => {
  const { name, value } = event.target;
  if (asked && name in asked) {
    asked[name] = value;
    asked.problem = null;
    if (name !== 'token') {
      paint();
    }
  }
});

dialog.addEventListener('click', (event) => {
  if (event.target.closest('[data-close]')) {
    dialog.close();
  }
});

dialog.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (asked.isBusy) {
    return;
  }
  const mine = asked;
  mine.isBusy = true;
  mine.problem = null;
  paint();
  try {
    const says = await (mine.kind === 'token' ? tryToken(mine) : command(mine));
    mine.isBusy = false;
    if (asked === mine) {
      dialog.close();
    }
    mine.done(says);
  } catch (problem) {
    mine.isBusy = false;
    mine.problem = problem.message;
    if (problem.status === 401 || problem.status === 429) {
      keepToken(null);
      mine.needsToken = true;
    }
    if (asked === mine && dialog.open) {
      paint();
      dialog.querySelector(mine.needsToken ? '#ask-token' : '[data-first]')?.focus();
    }
  }
});

async function tryToken(mine) {
  const before = hasToken();
  keepToken(mine.token.trim());
  try {
    const access = await get('access');
    if (!access.change) {
      throw Object.assign(new Error(access.says ?? 'the token is not the right one'), { status: 401 });
    }
    return null;
  } catch (problem) {
    if (!before) {
      keepToken(null);
    }
    throw problem;
  }
}

async function command(mine) {
  const given = mine.needsToken ? mine.token.trim() : undefined;
  const address = mine.service ? `services/${part(mine.service.name)}/${mine.kind}` : mine.kind;
  const until = mine.length === 'until' ? new Date(mine.until).toISOString() : undefined;
  const reply = mine.isEnd
    ? await say('DELETE', address, { given, query: { endpoint: mine.kind === 'drain' ? mine.endpoint : null, reason: mine.reason.trim(), actor: mine.actor.trim() } })
    : await say('POST', address, { given, body: { endpoint: mine.endpoint, reason: mine.reason.trim(), actor: mine.actor.trim(), for: until ? undefined : mine.length, until } });
  if (given) {
    keepToken(given);
  }
  remember(mine.actor.trim());
  return reply.says;
}

function recall() {
  try {
    return localStorage.getItem(ACTOR_KEPT_AS) ?? '';
  } catch {
    return '';
  }
}

function remember(actor) {
  try {
    localStorage.setItem(ACTOR_KEPT_AS, actor);
  } catch {
    // It is asked for again next time.
  }
}

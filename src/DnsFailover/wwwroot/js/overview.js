// All services. What needs attention comes first and in full; the list is loaded in pieces, and each row is renewed by
// itself, so that thousands of them stay smooth.

import { get } from './api.js';
import { h, morph } from './dom.js';
import { hearClock } from './time.js';
import { attentionCard, serviceRow } from './rows.js';
import { daemonNotices } from './notices.js';
import { STATE_ORDER, count, list, stateWord } from './words.js';

const PIECE = 100;
const MOST_ATTENTION = 20;

/** After an event that changes the list: so many ms, so that many events cause one request. */
const SETTLE = 500;

/** The uptime of at most so many services is asked for at once. */
const UPTIMES_AT_ONCE = 50;

let made = 0;

export class Overview {
  #context;
  #daemon = null;
  #filter;
  #matching = 0;
  #next = null;
  #rows = new Map();
  #attention = new Map();
  #uptimes = new Map();
  #list = h('ul', { class: 'rows', id: 'rows', 'data-keep': true, 'data-key': 'rows' });
  #loading = false;
  #number = ++made; // another one has another list, which must not be taken for this one's
  #searches = 0;
  #reload = 0;

  constructor(context, query) {
    this.#context = context;
    this.#filter = { q: query.get('q') ?? '', state: STATE_ORDER.includes(query.get('state')) ? query.get('state') : '' };
  }

  /** The stream that it follows. */
  streamQuery = {};

  /** What the tab is called. */
  get title() {
    const counts = this.#daemon?.counts;
    return !counts ? 'dnsfailover' : counts.down > 0 ? `✕ ${counts.down} down – dnsfailover` : counts.degraded > 0 ? `▲ ${counts.degraded} degraded – dnsfailover` : 'dnsfailover';
  }

  /** How many services there are, for the dialogs. */
  get counts() {
    return this.#daemon?.counts;
  }

  /** Loads what is shown; as much of the list as there was. */
  async load() {
    const search = ++this.#searches;
    const filter = { ...this.#filter };
    const [first, attention] = await Promise.all([
      get('services', { ...filter, limit: Math.min(500, Math.max(PIECE, this.#rows.size)) }),
      get('services', { state: 'down,degraded,unknown', limit: MOST_ATTENTION + 1 }),
    ]);
    if (search !== this.#searches) {
      return null; // something else has been searched for meanwhile
    }
    hearClock(first.now);
    this.#daemon = first.daemon;
    this.#attention = new Map(attention.services.map((service) => [service.name, service]));
    this.#replace(first);
    return first.lastEvent;
  }

  /** Takes an event of the stream. */
  event(type, data) {
    if (!this.#daemon) {
      return; // what is loaded holds it
    }
    if (type === 'daemon') {
      const isOther = this.#daemon && this.#daemon.counts.total !== data.counts.total;
      this.#daemon = data;
      if (isOther) {
        this.#again(); // a service was added or removed, and has its place in the list
      }
    } else if (type === 'service') {
      this.#note(data);
    } else if (type === 'gone') {
      this.#attention.delete(data.name);
      this.#rows.get(data.name)?.element.remove();
      this.#rows.delete(data.name);
    }
  }

  #note(service) {
    const former = this.#rows.get(service.name) ?? this.#attention.get(service.name);
    const was = former?.service?.state ?? former?.state;
    if (was && was !== service.state) {
      this.#context.announce(`${service.name} is ${stateWord(service.state)} now, answered with ${service.answeredWith}`);
    }
    if (service.state === 'up') {
      this.#attention.delete(service.name);
    } else if (this.#attention.has(service.name) || this.#attention.size <= MOST_ATTENTION) {
      this.#attention.set(service.name, service);
    }
    const row = this.#rows.get(service.name);
    if (row) {
      row.service = service;
      this.#renew(service.name);
    }
    if (this.#filter.state && (this.#filter.state === service.state) !== (row !== undefined)) {
      this.#again(); // it has come into the list that is asked for, or left it
    }
  }

  /** Loads the list anew, once for everything that happens in a while. */
  #again() {
    this.#reload ||= setTimeout(() => {
      this.#reload = 0;
      this.#context.reload();
    }, SETTLE);
  }

  /** Ends what it waits for. */
  leave() {
    clearTimeout(this.#reload);
  }

  /** Everything but the rows, which are renewed one by one. */
  render() {
    const daemon = this.#daemon;
    if (!daemon) {
      return h('div', null, h('p', { class: 'loading' }, 'Loading…'));
    }
    const { mayChange } = this.#context;
    return h('div', { class: 'view overview', 'data-key': `overview ${this.#number}` },
      h('h1', { tabindex: '-1', class: `verdict-line ${worst(daemon)}` }, verdict(daemon, this.#attention)),
      h('div', { class: 'notices', 'data-key': 'notices' }, daemonNotices(daemon, mayChange)),
      this.#attentionSection(daemon.counts),
      h('section', { 'aria-labelledby': 'all-heading', 'data-key': 'all' },
        h('div', { class: 'section-head' },
          h('h2', { id: 'all-heading' }, 'All services'),
          mayChange ? h('button', { type: 'button', class: 'small-button', 'data-do': 'begin', 'data-kind': 'freeze' }, 'Freeze everything…') : null),
        this.#filters(daemon.counts),
        h('p', { class: 'small', id: 'matching', role: 'status' }, this.#matchingText()),
        this.#list.isConnected ? h('ul', { class: this.#list.className, id: 'rows', 'data-keep': true, 'data-key': 'rows' }) : this.#list,
        this.#next ? h('button', { type: 'button', class: 'more', 'data-do': 'more', 'data-key': 'more' }, `Show ${Math.min(PIECE, this.#matching - this.#rows.size).toLocaleString()} more`) : null));
  }

  #matchingText() {
    const all = this.#matching === this.#daemon.counts.total ? '' : ` of ${this.#daemon.counts.total.toLocaleString()}`;
    return this.#matching === 0 ? 'No service matches.'
      : this.#rows.size < this.#matching ? `${this.#rows.size.toLocaleString()} shown of ${count(this.#matching, 'service')}${all ? ` that match${this.#matching === 1 ? 'es' : ''},${all}` : ''}`
        : `${this.#matching.toLocaleString()}${all} ${this.#matching === 1 && !all ? 'service' : 'services'}`;
  }

  #attentionSection(counts) {
    const cards = [...this.#attention.values()].sort((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || (a.name < b.name ? -1 : 1));
    const more = counts.down + counts.degraded + counts.unknown - Math.min(cards.length, MOST_ATTENTION);
    return cards.length === 0 ? null : h('section', { 'aria-labelledby': 'attention-heading', 'data-key': 'attention' },
      h('h2', { id: 'attention-heading' }, 'Needs attention'),
      h('ul', { class: 'cards' }, cards.slice(0, MOST_ATTENTION).map((service) => attentionCard(service))),
      more > 0 ? h('p', { class: 'small' }, `and ${count(more, 'more service')}: choose a state below to see them.`) : null);
  }

  #filters(counts) {
    const states = [['', 'All', counts.total], ...STATE_ORDER.map((state) => [state, stateWord(state), counts[state]])];
    return h('div', { class: 'filters', role: 'search' },
      h('label', { class: 'search' }, h('span', { class: 'unseen' }, 'Search for a service or an endpoint'),
        h('input', { type: 'search', id: 'search', placeholder: 'Search a service or an endpoint  ( / )', autocomplete: 'off', spellcheck: 'false', value: this.#filter.q, 'data-input': 'search', maxlength: '253' })),
      h('div', { class: 'states', role: 'group', 'aria-label': 'Only services that are' }, states.map(([state, word, number]) => h('button', {
        type: 'button', class: `filter ${state}`, 'data-do': 'filter', 'data-state': state, 'aria-pressed': this.#filter.state === state ? 'true' : 'false',
      }, word, ' ', h('span', { class: 'count' }, number.toLocaleString())))));
  }

  /** Another search or state. */
  async filter(change) {
    Object.assign(this.#filter, change);
    const query = new URLSearchParams(Object.entries(this.#filter).filter(([, value]) => value !== ''));
    history.replaceState(null, '', query.size > 0 ? `#/?${query}` : '#/');
    this.#context.repaint();
    const search = ++this.#searches;
    const found = await get('services', { ...this.#filter, limit: PIECE });
    if (search === this.#searches) {
      this.#daemon = found.daemon;
      this.#replace(found);
    }
  }

  /** Rows that stay are the same elements, so that the focus stays, too. */
  #replace(document) {
    const former = this.#rows;
    this.#rows = new Map(document.services.map((service) => {
      const [known, fresh] = [former.get(service.name), serviceRow(service, this.#uptimes.get(service.name))];
      return [service.name, { service, element: known ? morph(known.element, fresh) : fresh }];
    }));
    for (const [name, { element }] of former) {
      if (!this.#rows.has(name)) {
        element.remove();
      }
    }
    this.#take(document);
  }

  /** The next piece of the list. */
  async more() {
    if (!this.#next || this.#loading) {
      return;
    }
    this.#loading = true;
    const search = this.#searches;
    try {
      const found = await get('services', { ...this.#filter, after: this.#next, limit: PIECE });
      if (search === this.#searches) {
        const last = this.#list.lastElementChild;
        this.#take(found);
        last?.nextElementSibling?.querySelector('a')?.focus(); // where reading goes on
      }
    } finally {
      this.#loading = false;
    }
  }

  #take(document) {
    this.#matching = document.matching;
    this.#next = document.next ?? null;
    for (const service of document.services) {
      if (!this.#rows.has(service.name)) {
        this.#rows.set(service.name, { service, element: serviceRow(service, this.#uptimes.get(service.name)) });
      }
    }
    this.#list.classList.toggle('many', this.#rows.size > PIECE); // then what is out of sight is not laid out
    const elements = [...this.#rows.values()].map((row) => row.element);
    elements.forEach((element, index) => {
      if (this.#list.children[index] !== element) {
        this.#list.insertBefore(element, this.#list.children[index] ?? null);
      }
    });
    this.#context.repaint();
    this.#loadUptimes(document.services.map((service) => service.name));
  }

  /** Reckoning them takes the daemon a while, so that they come after what matters more. */
  async #loadUptimes(names) {
    const search = this.#searches;
    for (let first = 0; first < names.length && search === this.#searches; first += UPTIMES_AT_ONCE) {
      try {
        const { services } = await get('uptime', { names: names.slice(first, first + UPTIMES_AT_ONCE).join(','), limit: UPTIMES_AT_ONCE });
        for (const { name, uptime } of services) {
          this.#uptimes.set(name, uptime?.day ?? null);
          this.#renew(name);
        }
      } catch {
        return; // the list does without; the next load asks again
      }
    }
  }

  #renew(name) {
    const row = this.#rows.get(name);
    if (row) {
      row.element = morph(row.element, serviceRow(row.service, this.#uptimes.get(name)));
    }
  }
}

/** Nothing is written for anybody, so that what fails now stays where it is. */
const isHeld = (daemon) => Boolean(daemon.network ?? daemon.frozen ?? daemon.journal);

function worst(daemon) {
  const state = STATE_ORDER.find((one) => daemon.counts[one] > 0) ?? 'unknown';
  return state === 'up' && isHeld(daemon) ? 'degraded' : state;
}

/** Whether everything is fine, in one sentence. */
function verdict(daemon, attention) {
  const { counts } = daemon;
  if (counts.total === 0) {
    return 'No service is declared.';
  }
  if (counts.up === counts.total) {
    if (isHeld(daemon)) {
      return `${counts.total === 1 ? 'The one service is' : `All ${counts.total.toLocaleString()} services are`} up, but nothing would be moved if something failed.`;
    }
    return counts.total === 1 ? 'The one service is up, and everything it can move to works.' : `All ${counts.total.toLocaleString()} services are up.`;
  }
  const parts = [['down', 'is down', 'are down'], ['degraded', 'works, but is degraded', 'work, but are degraded'], ['unknown', 'is not known yet', 'are not known yet']].filter(([state]) => counts[state] > 0).map(([state, one, several]) => {
    const names = [...attention.values()].filter((service) => service.state === state).map((service) => service.name);
    return names.length === counts[state] && names.length <= 2 ? `${list(names)} ${names.length === 1 ? one : several}` : `${count(counts[state], 'service')} ${counts[state] === 1 ? one : several}`;
  });
  return `${parts.join('; ')}${counts.up === 0 ? '' : counts.up === 1 ? '; 1 more is up' : `; ${counts.up.toLocaleString()} more are up`}.`;
}

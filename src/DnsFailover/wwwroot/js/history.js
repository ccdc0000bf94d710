// What happened to a service: its switches with where the time went, and what was wanted and not done. Each unfolds to
// the full record of the decision, which is loaded then.

import { get, part } from './api.js';
import { h, svg } from './dom.js';
import { recordParts } from './record.js';
import { ago, at, duration } from './time.js';
import { capital, sentence } from './words.js';

const PIECE = 20;

const PHASES = [['detection', 'detected'], ['decision', 'decided'], ['write', 'written'], ['verification', 'verified']];

export class History {
  #context;
  #name;
  #entries = new Map();
  #before = null;
  #hasOlder = false;
  #loaded = false;
  #records = new Map();

  constructor(context, name) {
    this.#context = context;
    this.#name = name;
  }

  /** Loads the newest; what is older and already there stays. */
  async load() {
    const [history, decisions] = await Promise.all([
      get('history', { service: this.#name, limit: PIECE }),
      get('decisions', { service: this.#name, limit: PIECE }),
    ]);
    this.#take(history, decisions, !this.#loaded);
    this.#loaded = true;
    for (const [id, record] of this.#records) {
      if (record.isOpen && record.document?.change && !record.document.change.result) {
        this.#loadRecord(id); // it was under way
      }
    }
  }

  /** Loads older ones. */
  async older() {
    const [history, decisions] = await Promise.all([
      get('history', { service: this.#name, limit: PIECE, before: this.#before }),
      get('decisions', { service: this.#name, limit: PIECE, before: this.#before }),
    ]);
    this.#take(history, decisions, true);
    this.#context.repaint();
  }

  /** Only up to where both lists reach is the order known. */
  #take(history, decisions, isOldest) {
    const refused = decisions.decisions.filter((decision) => decision.refused);
    const ends = [history.next, decisions.next].filter(Boolean).map(Number);
    const reach = ends.length > 0 ? Math.max(...ends) : 0;
    for (const entry of [...history.switches, ...refused]) {
      if (entry.id >= reach || !isOldest) {
        this.#entries.set(entry.id, entry);
      }
    }
    if (isOldest) {
      this.#before = reach > 0 ? reach : null;
      this.#hasOlder = reach > 0;
    }
  }

  /** One was folded or unfolded. */
  toggled(id, isOpen) {
    const record = this.#records.get(id) ?? {};
    record.isOpen = isOpen;
    this.#records.set(id, record);
    if (isOpen && !record.document) {
      this.#loadRecord(id);
    }
  }

  async #loadRecord(id) {
    const record = this.#records.get(id);
    try {
      record.document = await get(`decisions/${part(id)}`);
      record.problem = null;
    } catch (problem) {
      record.problem = problem.message;
    }
    this.#context.repaint();
  }

  render() {
    if (!this.#loaded) {
      return h('p', { class: 'loading' }, 'Loading…');
    }
    const entries = [...this.#entries.values()].sort((a, b) => b.id - a.id);
    return h('div', null,
      entries.length === 0 ? h('p', { class: 'small' }, 'Nothing has been switched yet.') : h('ol', { class: 'timeline' }, entries.map((entry) => h('li', { 'data-key': `entry ${entry.id}` }, this.#entry(entry)))),
      this.#hasOlder ? h('button', { type: 'button', class: 'more', 'data-do': 'older' }, 'Show older ones') : null);
  }

  #entry(entry) {
    const record = this.#records.get(entry.id);
    return h('details', { 'data-record': entry.id, class: entry.refused ? 'refused' : `switch ${entry.result ?? 'open'}`, open: record?.isOpen === true },
      h('summary', null, entry.refused ? refusalSummary(entry) : switchSummary(entry)),
      !record?.isOpen ? null
        : record.document ? recordParts(record.document, entry)
          : record.problem ? h('p', { class: 'poor' }, sentence(record.problem)) : h('p', { class: 'loading' }, 'Loading…'));
  }
}

function refusalSummary(entry) {
  return h('span', { class: 'summary' },
    h('span', { class: 'summary-time' }, at(entry.at), ' ', h('span', { class: 'small' }, ago(entry.at))),
    h('span', { class: 'summary-text' }, h('strong', null, 'Held back'), ` ${sentence(entry.reason)}`));
}

const RESULTS = { verified: ['good', '✓ verified'], unverified: ['poor', '▲ written, not verified'], conflict: ['poor', '▲ conflict'], failed: ['poor', '✕ failed'], rejected: ['poor', '✕ rejected'] };

function switchSummary(entry) {
  const [tone, word] = RESULTS[entry.result] ?? ['small', entry.result ?? 'under way'];
  return h('span', { class: 'summary' },
    h('span', { class: 'summary-time' }, at(entry.at), ' ', h('span', { class: 'small' }, ago(entry.at))),
    h('span', { class: 'summary-text' },
      h('strong', null, capital(entry.kind)), ' from ', h('span', { class: 'value' }, entry.from), ' to ', h('span', { class: 'value' }, entry.to), ' ',
      h('span', { class: tone }, word), typeof entry.totalSeconds === 'number' ? [' in ', h('strong', null, duration(entry.totalSeconds))] : '',
      h('span', { class: 'reason' }, sentence(entry.reason)),
      timesBar(entry.times)));
}

/** Where the time went, drawn to scale and in words. */
function timesBar(times) {
  const phases = PHASES.filter(([name]) => typeof times[name] === 'number').map(([name, word]) => ({ name, word, seconds: Math.max(0, times[name]) }));
  const total = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  if (total <= 0) {
    return null;
  }
  let from = 0;
  return h('span', { class: 'times' },
    svg('svg', { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' }, phases.map(({ name, seconds }) => {
      const width = (seconds / total) * 100;
      const bar = svg('rect', { x: from.toFixed(2), y: 0, width: width.toFixed(2), height: 4, class: `phase ${name}` });
      from += width;
      return bar;
    })),
    h('span', { class: 'phases' }, phases.map(({ name, word, seconds }) => h('span', { class: 'phase-word' }, h('i', { class: `swatch ${name}`, 'aria-hidden': 'true' }), `${word} ${duration(seconds)} `))));
}

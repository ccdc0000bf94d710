// What everybody may see: which names there are, whether they work, and how much of the time they did.

import { get } from './api.js';
import { h } from './dom.js';
import { at, hearClock } from './time.js';
import { STATE_ORDER, count, percent, stateBadge } from './words.js';

const MOST = 500;

const WORDS = { up: 'works', degraded: 'works in part', down: 'does not work', unknown: 'is not known' };

export class PublicView {
  #document = null;
  #services = [];

  /** Nothing is streamed to everybody; it is loaded from time to time. */
  streamQuery = null;

  get title() {
    return 'Status';
  }

  async load() {
    const services = [];
    let document = null;
    do {
      document = await get('public/services', { limit: MOST, after: document?.next });
      services.push(...document.services);
    } while (document.next && services.length < 10_000);
    hearClock(document.now);
    this.#document = document;
    this.#services = services;
    return null;
  }

  event() {}

  render() {
    if (!this.#document) {
      return h('div', null, h('p', { class: 'loading' }, 'Loading…'));
    }
    const services = [...this.#services].sort((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || (a.name < b.name ? -1 : 1));
    const bad = services.filter((service) => service.state !== 'up');
    const state = STATE_ORDER.find((one) => services.some((service) => service.state === one)) ?? 'unknown';
    const all = services.length === 1 ? `${services[0].name} works.` : `All ${count(services.length, 'service')} work.`;
    return h('div', { class: 'view public', 'data-key': 'public' },
      h('h1', { tabindex: '-1', class: `verdict-line ${state}` },
        services.length === 0 ? 'No service is declared.' : bad.length === 0 ? all : bad.length === 1 ? `${bad[0].name} ${WORDS[bad[0].state]}.` : `${bad.length} of ${count(services.length, 'service')} have trouble.`),
      h('ul', { class: 'rows' }, services.map((service) => h('li', { class: `row public-row ${service.state}`, 'data-key': service.name },
        h('div', { class: 'row-state' }, stateBadge(service.state)),
        h('h2', { class: 'row-name' }, service.name),
        service.uptime ? h('dl', { class: 'figures' }, ['24 h', '7 days', '30 days'].map((label, index) => h('div', { class: 'figure' }, h('dt', null, label), h('dd', null, h('span', { class: 'number' }, percent([service.uptime.day, service.uptime.week, service.uptime.month][index])))))) : null))),
      h('p', { class: 'small' }, 'As of ', at(this.#document.now), '.'));
  }
}

// A service in short.

import { h } from './dom.js';
import { ago, countdown } from './time.js';
import { badge, endpointChip, percent, sentence, stateBadge } from './words.js';

/** The address of the page of a service. */
export const serviceLink = (name) => `#/services/${encodeURIComponent(name)}`;

/** One line of the list. `day` is its share of the last 24 h: null when not known, undefined when not loaded yet. */
export function serviceRow(service, day) {
  return h('li', { class: `row ${service.state}`, 'data-key': service.name },
    h('div', { class: 'row-state' }, stateBadge(service.state)),
    h('div', { class: 'row-name' },
      h('h3', null, h('a', { href: serviceLink(service.name) }, service.name)),
      h('p', { class: 'answer' }, 'answered with ', h('span', { class: 'value' }, service.answeredWith)),
      badges(service)),
    chips(service),
    h('div', { class: 'row-figures' },
      h('span', { class: 'figure-line' }, h('span', { class: 'small' }, '24 h '), h('span', { class: 'number' }, day === undefined ? '…' : day === null ? '–' : percent(day))),
      service.lastSwitch ? h('span', { class: 'small' }, `${service.lastSwitch.kind} `, ago(service.lastSwitch.at)) : h('span', { class: 'small' }, 'no switch')));
}

/** A service with what is wrong with it. */
export function attentionCard(service) {
  return h('li', { class: `card ${service.state}`, 'data-key': service.name },
    h('div', { class: 'card-head' },
      stateBadge(service.state),
      h('h3', null, h('a', { href: serviceLink(service.name) }, service.name)),
      h('p', { class: 'answer' }, 'answered with ', h('span', { class: 'value' }, service.answeredWith))),
    service.troubles.length > 0 ? h('ul', { class: 'troubles' }, service.troubles.slice(0, 4).map((trouble) => h('li', null, sentence(trouble)))) : null,
    badges(service));
}

function chips({ endpoints, counts }) {
  const more = counts.total - endpoints.length;
  return h('ul', { class: 'chips', 'aria-label': 'Endpoints' },
    endpoints.map((endpoint) => endpointChip(endpoint)),
    more > 0 ? h('li', { class: 'small' }, `and ${more.toLocaleString()} more`) : null);
}

/** What an operator has to know before touching it. */
function badges(service) {
  const all = [
    service.isChanging && badge('info', 'switching now'),
    service.isDrilled && badge('info', 'drill under way'),
    service.needsApproval && badge('warn', 'failback waits for approval'),
    service.frozen && badge('warn', 'frozen'),
    service.overrides > (service.frozen ? 1 : 0) && badge('warn', service.overrides === 1 ? 'override' : `${service.overrides} overrides`),
    service.planned.length > 0 && badge('info', 'planned: ', service.planned[0]),
    service.failbackDueAt && badge('info', 'failback in ', countdown(service.failbackDueAt, 'a moment')),
    service.holdDownUntil && badge('info', 'hold-down ', countdown(service.holdDownUntil, 'over')),
    service.drill && !service.drill.passed && badge('bad', 'last drill failed'),
    service.drill?.isOverdue && badge('warn', 'drill overdue'),
  ].filter(Boolean);
  return all.length > 0 ? h('p', { class: 'badges' }, all) : null;
}

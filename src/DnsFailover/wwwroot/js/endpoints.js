// An endpoint with its addresses, each with its state and its newest probes.

import { h } from './dom.js';
import { observationParts } from './strip.js';
import { ago, at, countdown, now } from './time.js';
import { badge, endpointState, sentence, stateBadge, uptimeFigures } from './words.js';

const CERTIFICATE_SOON = 14 * 86_400_000;

/** One of a service. */
export function endpointSection(endpoint, service, mayChange) {
  const state = endpointState(endpoint.status);
  const isSaid = (kind) => service.overrides.some((said) => said.kind === kind && said.endpoint === endpoint.name);
  const button = (kind, text) => h('button', { type: 'button', class: 'small-button', 'data-do': 'begin', 'data-kind': kind, 'data-service': service.name, 'data-endpoint': endpoint.name }, text, h('span', { class: 'unseen' }, ` ${endpoint.name}`));
  return h('li', { class: `endpoint ${state}${endpoint.isServed ? ' served' : ''}`, 'data-key': endpoint.name },
    h('div', { class: 'endpoint-head' },
      h('h3', null, endpoint.name),
      stateBadge(state),
      endpoint.isServed ? badge('traffic', '◀ gets the traffic') : null,
      h('span', { class: 'small' }, [endpoint.vendor === endpoint.name ? null : endpoint.vendor, service.policy === 'weighted' && endpoint.weight !== undefined ? `weight ${endpoint.weight}` : endpoint.priority === 0 ? 'preferred' : `priority ${endpoint.priority}`].filter(Boolean).join(', ')),
      mayChange ? h('span', { class: 'endpoint-actions' }, isSaid('force') ? null : button('force', 'Force…'), isSaid('drain') ? null : button('drain', 'Drain…')) : null),
    endpoint.drained ? h('p', { class: 'drained' }, sentence(endpoint.drained)) : null,
    endpoint.addresses.map((target) => addressPart(endpoint, target)),
    endpoint.uptime ? uptimeFigures(endpoint.uptime) : null);
}

function addressPart(endpoint, target) {
  const key = `${endpoint.name} ${target.type} ${target.value}`;
  return h('div', { class: 'address', 'data-key': key },
    h('p', { class: 'address-line' },
      h('code', null, target.value), ' ',
      h('span', { class: 'small' }, target.type, endpoint.addresses.length > 1 ? [', ', target.status, target.isServed ? ', gets traffic' : ''] : ''),
      target.isSuspect ? badge('warn', 'suspect: the newest probe failed') : null,
      target.isBlind ? badge('warn', 'probes say nothing') : null),
    h('p', { class: 'explanation' }, sentence(target.explanation), ' ', h('span', { class: 'small' }, `${target.status} since `, at(target.since), ' (', ago(target.since), ').')),
    observationParts(key, `${endpoint.name}, ${target.value}`, target.observations),
    certificate(target));
}

function certificate({ certificateExpiresAt: expires, certificateTrouble: trouble }) {
  if (trouble) {
    return h('p', { class: 'poor' }, `Certificate: ${sentence(trouble)}`);
  }
  if (!expires) {
    return null;
  }
  const left = Date.parse(expires) - now();
  return h('p', { class: left <= 0 ? 'poor' : left < CERTIFICATE_SOON ? 'warned' : 'small' }, left > 0 ? ['Certificate expires in ', countdown(expires, 'a moment'), ' (', at(expires, { seconds: false }), ').'] : ['The certificate expired ', ago(expires), '.']);
}

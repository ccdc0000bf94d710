// What will follow from what an operator is about to say, in sentences with figures.

import { duration, moment, now } from './time.js';
import { count, list, sentence } from './words.js';

const SECONDS = { m: 60, h: 3600 };

/** The heading of the dialog that begins something. */
export const TITLES = {
  force: (service) => `Force ${service.name} to an endpoint`,
  drain: (service) => `Drain an endpoint of ${service.name}`,
  freeze: (service) => (service ? `Freeze ${service.name}` : 'Freeze everything'),
  approve: (service) => `Approve the failback of ${service.name}`,
};

/** The heading of the dialog that ends something. */
export const ending = ({ kind, service, endpoint }) => ({
  force: () => `Release ${service.name} from ${endpoint}`,
  drain: () => `Undrain ${endpoint}`,
  freeze: () => (service ? `Thaw ${service.name}` : 'Thaw everything'),
  approve: () => `Withdraw the approval for ${service.name}`,
})[kind]();

/** What follows when it begins. */
export function beginConsequence(ask) {
  const until = untilText(ask);
  const { service } = ask;
  if (!until) {
    return [{ tone: 'small', text: 'Say until when; what is said here ends by itself.' }];
  }
  return {
    force: () => force(ask, until),
    drain: () => drain(ask, until),
    freeze: () => [{ tone: '', text: service
      ? `Nothing is written for ${service.name} until ${until}, whatever fails: it stays answered with ${service.answeredWith}. The endpoints are watched as ever.`
      : `Nothing is written for ${ask.counts ? `any of ${count(ask.counts.total, 'service')}` : 'any service'} until ${until}, whatever fails: everything stays as it is. The endpoints are watched as ever.` }],
    approve: () => approve(service, until),
  }[ask.kind]();
}

/** What follows when it ends. */
export function endConsequence({ kind, service, endpoint }) {
  const text = {
    force: () => `${service.name} is answered by its endpoints' health again: when ${endpoint} is not what it would choose, traffic moves${soon(service)}.`,
    drain: () => `${endpoint} may get traffic of ${service.name} again.`,
    freeze: () => (service ? `Records of ${service.name} are written again where they have to be. It is answered with ${service.answeredWith} now.` : 'Records are written again wherever they have to be.'),
    approve: () => `${service.name} does not return to its preferred endpoint before somebody approves it again.`,
  }[kind]();
  return [{ tone: '', text }];
}

function force({ service, endpoint: name }, until) {
  const endpoint = service.endpoints.find((one) => one.name === name);
  if (!endpoint) {
    return [];
  }
  const values = endpoint.addresses.map((target) => target.value).join(', ');
  const bad = endpoint.addresses.find((target) => target.status !== 'Up');
  return [
    { tone: '', text: `${service.name} will be answered with ${name} (${values})${endpoint.isServed ? ', as it is now' : soon(service)}, whatever its health, until ${until}; nothing fails over meanwhile.` },
    bad ? { tone: 'poor', text: `${name} is ${bad.status} now: ${sentence(bad.explanation)}` } : { tone: 'good', text: `${name} is Up now.` },
  ];
}

function drain({ service, endpoint: name }, until) {
  const endpoint = service.endpoints.find((one) => one.name === name);
  const others = service.endpoints.filter((one) => one.name !== name && one.status === 'Up' && !one.drained);
  const moves = !endpoint?.isServed ? ' It gets none now.' : others.length > 0 ? ` Traffic moves to another endpoint${soon(service)}.` : '';
  return [
    { tone: '', text: `${name} gets no traffic of ${service.name} until ${until}, as long as another endpoint works.${moves}` },
    others.length > 0 ? { tone: 'good', text: `${list(others.slice(0, 3).map((one) => one.name))} ${others.length === 1 ? 'is' : 'are'} Up now.` } : { tone: 'poor', text: `No other endpoint is Up now, so that ${name} keeps what it has.` },
  ];
}

function approve(service, until) {
  const due = service.failbacks[0];
  if (!due) {
    return [{ tone: '', text: `${service.name} may return to its preferred endpoint until ${until}. Nothing waits for it now.` }];
  }
  const left = (Date.parse(due.dueAt) - now()) / 1000;
  return [{ tone: '', text: `${service.name} returns to ${list(due.endpoints)}${left > 0 ? ` when it has been up long enough, in ${duration(Math.ceil(left))}` : soon(service)}, once a fresh probe proves that it works. The approval holds until ${until}.` }];
}

/** Until what is written has reached everybody: the write, and then the TTL that resolvers keep the former answer for. */
function soon({ bound }) {
  if (!bound) {
    return '';
  }
  return bound.ttlSeconds
    ? ` within about ${duration(bound.ttlSeconds + bound.writeSeconds)} (TTL ${duration(bound.ttlSeconds)}, and up to ${duration(bound.writeSeconds)} to write and verify)`
    : ` within about ${duration(bound.writeSeconds)}, and then the TTL that the provider has`;
}

function untilText({ length, until }) {
  if (length === 'until') {
    return until ? moment(until, { seconds: false }) : null;
  }
  return moment(now() + Number(length.slice(0, -1)) * SECONDS[length.at(-1)] * 1000, { seconds: false });
}

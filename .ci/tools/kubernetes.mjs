// Holds manifests (a JSON array on standard input) against the schemas of their kinds and prints one line per mistake. Unlike a schema
// by itself it also finds keys that the kind does not have: what a validator never looks at, the cluster would drop.
import { text } from 'node:stream/consumers';

const packages = { 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };

/** The same data, with the paths of the keys that are looked at put into `seen`. */
function watched(data, path, seen) {
  return data === null || typeof data !== 'object' ? data : new Proxy(data, {
    get(target, key) {
      const value = target[key];
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) {
        return value;
      }
      seen.add(`${path}/${key}`);
      return watched(value, `${path}/${key}`, seen);
    },
  });
}

function* keys(data, path) {
  for (const [key, value] of Object.entries(data ?? {})) {
    if (!Array.isArray(data)) {
      yield `${path}/${key}`;
    }
    if (value !== null && typeof value === 'object') {
      yield* keys(value, `${path}/${key}`);
    }
  }
}

async function mistakes(manifest) {
  const { apiVersion = '', kind = '' } = manifest;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const module = `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  const Model = (await import(module).catch(() => ({})))[kind];
  if (!Model) {
    return [`there is no kind ${apiVersion} ${kind}`];
  }
  const seen = new Set();
  try {
    Model.prototype.validate.call(watched(manifest, '', seen));
  } catch (error) {
    return [error.message];
  }
  return [...keys(manifest, '')].filter(path => !seen.has(path)).map(path => `${path} is no key of it`);
}

let failed = false;
for (const manifest of JSON.parse(await text(process.stdin))) {
  for (const mistake of await mistakes(manifest)) {
    failed = true;
    console.log(`${manifest.kind} ${manifest.metadata?.name}: ${mistake}`);
  }
}
process.exitCode = failed ? 1 : 0;

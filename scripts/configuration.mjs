// Writes .env.example and the README's table of variables from what src/config/env.ts says of each.
// With --check it does not write, and ends with 1 if they say something else.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const WIDTH = 98;

/** The declaration of a class or constant at the top of a file. */
function declarationIn(path, name) {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const declarations = source.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement],
  );
  return declarations.find((declaration) => declaration.name?.text === name);
}

/** A literal as one would write it into `.env`; undefined for `undefined`. */
function valueOf(expression) {
  const text = expression.text ?? expression.getText();
  return text === 'undefined' ? undefined : text.replaceAll('_', '');
}

const inProduction = new Map(
  declarationIn('src/config/production-rules.ts', 'PRODUCTION_DEFAULTS').initializer.properties.map(
    ({ name, initializer }) => [name.text, valueOf(initializer)],
  ),
);

const variables = declarationIn('src/config/env.ts', 'Env')
  .members.filter(ts.isPropertyDeclaration)
  .map((member) => {
    const name = member.name.text;
    const [doc] = ts.getJSDocCommentsAndTags(member);
    if (!doc) throw new Error(`${name} in src/config/env.ts needs a sentence that explains it`);
    const tags = new Map(
      (doc.tags ?? []).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment)]),
    );
    const text = ts.getTextOfJSDocComment(doc.comment).replace(/\s+/g, ' ');
    const isSecret = ts
      .getDecorators(member)
      ?.some(({ expression }) => expression.expression?.text === 'Secret');
    return { name, text, tags, isSecret, byDefault: valueOf(member.initializer) };
  });

function wrapped(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1).length + word.length >= WIDTH) lines.push('');
    lines.push(`${lines.pop()} ${word}`);
  }
  return lines.map((line) => `#${line}\n`).join('');
}

function example({ name, text, tags, isSecret, byDefault }) {
  const file = isSecret ? ` Or ${name}_FILE names a file that holds it.` : '';
  const production = inProduction.has(name) ? ` In production: ${inProduction.get(name)}.` : '';
  const value = byDefault ?? tags.get('example');
  return `${wrapped(text.replaceAll('`', '') + production + file)}#${name}=${value}\n`;
}

const envExample = [
  wrapped(
    'Every variable of the service, with its default or an example. All are optional outside production. Copy this file to .env, and take the # away from what you change.',
  ),
  ...variables.map(example),
].join('\n');

function row({ name, text, tags, byDefault }) {
  const [meaning] = text.split(/\.(?: |$)/, 1);
  const shown = tags.get('default') ?? (byDefault === undefined ? 'none' : `\`${byDefault}\``);
  return `| \`${name}\` | ${shown} | ${meaning[0].toLowerCase()}${meaning.slice(1)} |`;
}

const table = [
  '| variable | default | meaning |',
  '| --- | --- | --- |',
  ...variables.filter(({ tags }) => tags.has('readme')).map(row),
].join('\n');

const TABLE = /(?<=\n)\| variable +\|[^\n]*\n(?:\|[^\n]*\n)+/g;
const before = readFileSync('README.md', 'utf8');
if (before.match(TABLE)?.length !== 1) throw new Error('README.md needs one table of variables');
const readme = await format(
  before.replace(TABLE, () => `${table}\n`),
  {
    ...(await resolveConfig('README.md')),
    parser: 'markdown',
  },
);

const written = { '.env.example': envExample, 'README.md': readme };
for (const [path, text] of Object.entries(written)) {
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} says something else than src/config/env.ts: run npm run configuration`);
    process.exitCode = 1;
  }
}

import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const WRITES_OUTSIDE_THE_QUEUE =
  'Write through Database.write(): on SQLite other transactions would be mixed up with this one';

const EMPTIES_REDIS =
  'flushDb, flushAll, clear and reset empty all of Redis, revocations included; keys, mget and mdel ignore the prefix';

/** What an object is called that may be a cache, or what a cache is made of. */
const CACHE = '/cache|stores?$|keyv|profiles/i';
const IS_CACHE = ['object.name', 'object.property.name', 'object.object.name']
  .concat('object.object.property.name')
  .map((path) => `[${path}=${CACHE}]`)
  .join(', ');

const AT_ONCE_ON_ONE_CONNECTION =
  'A connection takes one query at a time (pg 9 refuses a second): await them one after the other';

const OF_CACHE = '/^(clear|reset|keys|mget|mdel)$/';
const FLUSH = '/^flush(db|all)$/i';

export default defineConfig(
  { ignores: ['**/build/', '**/dist/', 'coverage/', 'data/', 'clients/typescript/src/schema.ts'] },
  tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs', 'test/support/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Nest's modules are classes that hold nothing but decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Numbers in text are safe: they have one spelling.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Answers are plain objects in the shape of the classes that document them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Code points are what the rules of names and passwords count.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.property.name='transaction'][callee.object.property.name=/[dD]ataSource|manager/]",
          message: WRITES_OUTSIDE_THE_QUEUE,
        },
        {
          selector:
            "CallExpression[callee.object.name='manager'][callee.property.name=/^(save|remove)$/]",
          message: WRITES_OUTSIDE_THE_QUEUE,
        },
        {
          selector:
            ":function:matches([params.0.name='manager'], [params.1.name='manager']) CallExpression[callee.object.name='Promise'][callee.property.name=/^(all|allSettled|any|race)$/]",
          message: AT_ONCE_ON_ONE_CONNECTION,
        },
        {
          selector: `MemberExpression:matches([property.name=${OF_CACHE}], [property.value=${OF_CACHE}]):matches(${IS_CACHE})`,
          message: EMPTIES_REDIS,
        },
        {
          selector: `:matches(Identifier[name=${FLUSH}], Literal[value=${FLUSH}])`,
          message: EMPTIES_REDIS,
        },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Read configuration from Env',
        },
      ],
    },
  },
  {
    files: [
      'src/config/load-env.ts',
      'src/config/worker-threads.ts',
      'test/**',
      'scripts/**',
      // Programs of their own.
      'verifiers/**',
      '*.mjs',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Tests look into answers of every shape and assert what they find there.
    files: ['test/**', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
  },
);

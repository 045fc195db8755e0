// Puts what the compiler wrote, and the packages that it uses, into few files: reading thousands of
// small ones is most of what a start would take otherwise.
import { build } from 'esbuild';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const OUT = 'dist';

/** Beside the bundle, in node_modules: what package.json says is needed at run time. */
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Optional features of packages, which nobody here uses and nothing installs. */
const ABSENT = [
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer/storage',
  ...['mysql', 'mysql2', 'oracledb', 'mssql', 'sql.js', 'mongodb', 'better-sqlite3', 'ioredis'],
  ...['@sap/hana-client', 'hdb-pool', '@google-cloud/spanner', 'react-native-sqlite-storage'],
  ...['typeorm-aurora-data-api-driver', 'pg-native', 'pg-query-stream'],
];

/** What packages load at their start and nobody here uses: parsing it would take a quarter of ours. */
const UNUSED = [
  // A Redis client of its own, with all its modules, though it is handed ours.
  { by: 'cache-manager-redis-yet', what: /^(redis|@redis\/.*)$/ },
  // Plugins, questions and completions.
  { by: 'nest-commander', what: /^(cosmiconfig|inquirer|@fig\/complete-commander)$/ },
  // The telephone numbers of all countries.
  { by: 'class-validator', what: /^libphonenumber-js/ },
  // Its cache in Redis, entities found by their files' names, and statements in colours.
  { by: 'typeorm', what: /^(redis|glob|@sqltools\/formatter)$/ },
  // Other databases.
  {
    by: 'typeorm',
    what: /\/(aurora-\w+|better-sqlite3|capacitor|cockroachdb|cordova|expo|mongodb|mysql|nativescript|oracle|react-native|sap|spanner|sqljs|sqlserver)\//,
  },
];

const withoutUnused = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    for (const { by, what } of UNUSED) {
      onResolve({ filter: what }, ({ importer, path }) =>
        importer.includes(`/node_modules/${by}/`) ? { path, namespace: 'unused' } : undefined,
      );
    }
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: '' }));
  },
};

/** Some ES modules make themselves a `require`, which hides from the bundler what they load by it. */
const visibleRequires = {
  name: 'visible-requires',
  setup({ onLoad }) {
    onLoad({ filter: /\/@nestjs\/(typeorm|mapped-types)\/dist\/.*\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      return { contents: contents.replace('const require = createRequire(import.meta.url);', '') };
    });
  },
};

/** CommonJS packages expect the first three in a module. */
const BANNER = `
import { createRequire as gatehouseCreateRequire } from 'node:module';
const require = gatehouseCreateRequire(import.meta.url);
const { filename: __filename = '', dirname: __dirname = '' } = import.meta;
const __same = (unnamed) => unnamed;
`;

rmSync(OUT, { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints: ['build/main.js', 'build/cli.js'],
  outdir: OUT,
  bundle: true,
  // What is imported when it is first needed stays in files of its own.
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: BANNER },
  external: [...Object.keys(dependencies), ...ABSENT].flatMap((name) => [name, `${name}/*`]),
  plugins: [withoutUnused, visibleRequires],
  // Less to parse at the start; `node --enable-source-maps` shows the sources in a stack.
  minifyWhitespace: true,
  minifySyntax: true,
  // Log lines and the description of the interface go by the names of classes.
  keepNames: true,
  write: false,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});

/**
 * esbuild names whatever it may have renamed. For classes that is done once; for functions, which are made
 * for each request, it would cost more than asking Redis. Of the same length, for the source maps' sake.
 */
const NAMING_OF_FUNCTIONS = /(?<!static\{)\b__name\(/g;

mkdirSync(OUT);
for (const { path, text } of outputFiles) {
  writeFileSync(path, path.endsWith('.js') ? text.replace(NAMING_OF_FUNCTIONS, '__same(') : text);
}
// A command of its own, by the `bin` of package.json.
chmodSync(`${OUT}/cli.js`, 0o755);

// The files of the account page go as they are: browsers run them without a build.
cpSync('src/account/page', `${OUT}/account`, {
  recursive: true,
  filter: (path) => !path.endsWith('.json'),
});

/** What the page at `/docs` asks for, and the terms it comes under. */
const SWAGGER_UI = [
  'favicon-16x16.png',
  'favicon-32x32.png',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
  ...['LICENSE', 'NOTICE'],
  ...['swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui-standalone-preset.js.LICENSE.txt'],
];
for (const name of SWAGGER_UI) {
  cpSync(`node_modules/swagger-ui-dist/${name}`, `${OUT}/swagger-ui/${name}`);
}

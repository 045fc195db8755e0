// Puts what the compiler wrote, and the packages that it uses, into few files: reading thousands of
// small ones is most of what a start would take otherwise.
import { build } from 'esbuild';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BESIDE_THE_BUNDLE, lockedPackages } from './beside-the-bundle.mjs';

const OUT = 'dist';

/** Optional features of packages, which the service neither uses nor installs. */
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

/**
 * What packages import at their start and the service does not use: an empty module stands in for it, because
 * parsing it would take a quarter of ours. Each line must be met, or the build fails.
 */
const UNUSED = {
  // A Redis client of its own, with all its modules, though it is handed ours.
  'cache-manager-redis-yet': [
    ...['redis', '@redis/client', '@redis/bloom', '@redis/graph', '@redis/json', '@redis/search'],
    '@redis/time-series',
  ],
  // Plugins, questions and completions.
  'nest-commander': ['cosmiconfig', 'inquirer', '@fig/complete-commander'],
  // Classes of TypeORM's past, which it looks for in a second copy of TypeORM: half a second of each start.
  '@nestjs/typeorm': ['./typeorm-compat.js', './common/typeorm-compat.js'],
  // The telephone numbers of all countries.
  'class-validator': ['libphonenumber-js/max'],
  // Its cache in Redis, entities found by their files' names, statements in colours, and other databases.
  typeorm: [
    'redis',
    'glob',
    '@sqltools/formatter',
    './aurora-mysql/AuroraMysqlDriver',
    './aurora-postgres/AuroraPostgresDriver',
    './better-sqlite3/BetterSqlite3Driver',
    './capacitor/CapacitorDriver',
    './cockroachdb/CockroachDriver',
    './cordova/CordovaDriver',
    './expo/ExpoDriverFactory',
    './mongodb/MongoDriver',
    './mysql/MysqlDriver',
    './nativescript/NativescriptDriver',
    './oracle/OracleDriver',
    './react-native/ReactNativeDriver',
    './sap/SapDriver',
    './spanner/SpannerDriver',
    './sqljs/SqljsDriver',
    './sqlserver/SqlServerDriver',
    './driver/mongodb/typings',
    './driver/sqlserver/MssqlParameter',
    '../driver/sqlserver/MssqlParameter',
  ],
};

const unusedImports = new Set(
  Object.entries(UNUSED).flatMap(([by, paths]) => paths.map((path) => `${by} ${path}`)),
);

const withoutUnused = {
  name: 'without-unused',
  setup({ onResolve, onLoad, onEnd }) {
    const met = new Set();
    onResolve({ filter: /^/ }, ({ importer, path }) => {
      const use = `${packageOf(importer)} ${path}`;
      if (!unusedImports.has(use)) return undefined;
      met.add(use);
      return { path, namespace: 'unused' };
    });
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: '' }));
    onEnd(() => ({
      errors: [...unusedImports]
        .filter((use) => !met.has(use))
        .map((use) => ({ text: `UNUSED: there is no import any more of ${use}` })),
    }));
  },
};

/**
 * `node:http` by `require`: an ES import asks each of its exports for its value, and that of `WebSocket` loads all of
 * undici, which is a twentieth of a start.
 */
const requiredHttp = {
  name: 'required-http',
  setup({ onResolve, onLoad, onEnd }) {
    let isMet = false;
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: 'required' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => {
      isMet = true;
      return { contents: `module.exports = require('${path}');` };
    });
    onEnd(() => ({
      errors: isMet ? [] : [{ text: 'There is no ES import of node:http any more: drop this' }],
    }));
  },
};

/** The package of a file, by the last node_modules in its path; '' for a file of ours. */
function packageOf(path) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? '';
}

/** CommonJS packages expect these in a module. */
const BANNER = `
import { createRequire as gatehouseCreateRequire } from 'node:module';
const require = gatehouseCreateRequire(import.meta.url);
const { filename: __filename = '', dirname: __dirname = '' } = import.meta;
const __same = (unnamed) => unnamed;
`;

const { metafile, outputFiles } = await build({
  entryPoints: ['build/main.js', 'build/cli.js'],
  outdir: OUT,
  bundle: true,
  // What is imported when it is first needed stays in files of its own.
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: BANNER },
  external: [...BESIDE_THE_BUNDLE, ...ABSENT].flatMap((name) => [name, `${name}/*`]),
  plugins: [withoutUnused, requiredHttp],
  // Less to parse at the start; `node --enable-source-maps` shows the sources in a stack.
  minifyWhitespace: true,
  minifySyntax: true,
  // Log lines and the description of the interface go by the names of classes.
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'warning',
});

/**
 * esbuild gives each class and function its name back when it is made, and has no option for classes alone. Functions
 * that are made for each request would pay for it, more than asking Redis costs: they get `__same` instead, which is as
 * long, for the source maps' sake.
 */
const NAMING = /\b__name\(/g;
const NAMING_OF_FUNCTION = /(?<!static\{)\b__name\(/g;
const HELPER = '__name=(target,value)=>__defProp(target,"name",{value,configurable:!0})';

const scripts = outputFiles.filter(({ path }) => path.endsWith('.js'));
const count = (pattern) =>
  scripts.reduce((sum, { text }) => sum + text.split(pattern).length - 1, 0);
const classes = count('static{__name(this,');

const inputs = Object.keys(metafile.inputs)
  .map((path) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  .filter((folder) => folder !== undefined);
const needed = new Set([...inputs.map(packageOf), ...BESIDE_THE_BUNDLE, 'swagger-ui-dist', 'uqr']);
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const faults = [
  // Whether esbuild still writes what is replaced here.
  ...(count(HELPER) === 1 && classes > 0 && count(NAMING) - count(NAMING_OF_FUNCTION) === classes
    ? []
    : ['esbuild names classes in another way than this script knows: log lines would lose them']),
  ...[...new Set(inputs)]
    .filter((folder) => lockedPackages[folder].dev)
    .map((folder) => `${folder} is bundled, and only in devDependencies`),
  ...Object.keys(dependencies)
    .filter((name) => !needed.has(name))
    .map((name) => `${name} is in dependencies, and not in what is built`),
];
if (faults.length > 0) throw new Error(faults.join('\n'));

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
for (const { path, text } of outputFiles) {
  writeFileSync(path, path.endsWith('.js') ? text.replace(NAMING_OF_FUNCTION, '__same(') : text);
}

// A command of its own, by the `bin` of package.json.
chmodSync(`${OUT}/cli.js`, 0o755);

// The files of the account page go as they are: browsers run them without a build.
cpSync('src/account-page/page', `${OUT}/page`, {
  recursive: true,
  filter: (path) => !/\.(json|ts)$/.test(path),
});

// Beside them what draws its QR codes, without what draws them elsewhere.
await build({
  stdin: { contents: "export { encode } from 'uqr';", resolveDir: '.' },
  outfile: `${OUT}/page/uqr.js`,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  banner: { js: `/*\n${readFileSync('node_modules/uqr/LICENSE', 'utf8')}*/` },
  logLevel: 'warning',
});

// So do the texts of mails, which operators may copy and change.
cpSync('src/mail/templates', `${OUT}/templates`, { recursive: true });

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

// The rooms in the order of their imports: each may use those after it, and nothing before it.
const ROOMS = [
  'oauth',
  'auth',
  'recovery',
  'factors',
  'keys',
  'users',
  'clients',
  'tokens',
  'feed',
  'mail',
  'throttling',
  'audit',
  'redis',
  'database',
  'metrics',
  'config',
  'problems',
  'common',
];

const path = (...rooms) => `^src/(${rooms.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...ROOMS.slice(1).map((room, index) => ({
      name: `${room}-looks-down-only`,
      comment: `Imports point one way: ${ROOMS.join(' → ')}`,
      severity: 'error',
      from: { path: path(room) },
      to: { path: path(...ROOMS.slice(0, index + 1)) },
    })),
    {
      name: 'only-the-command-line-knows-its-room',
      comment: 'cli stands above the rooms, beside the application and without it',
      severity: 'error',
      from: { pathNot: '^src/cli(/|\\.ts$)' },
      to: { path: '^src/cli(/|\\.ts$)' },
    },
    {
      name: 'the-command-line-does-not-know-the-app',
      severity: 'error',
      from: { path: '^src/cli(/|\\.ts$)' },
      to: { path: '^src/(http|health|openapi)/|^src/(main|app\\.module|configure-app)\\.ts$' },
    },
    {
      name: 'rooms-do-not-know-the-app',
      comment:
        'http, health, openapi and account-page belong to the application, which puts the rooms together',
      severity: 'error',
      from: { path: path(...ROOMS) },
      to: { path: '^src/(http|health|openapi|account-page)/|^src/[^/]+\\.ts$' },
    },
    {
      name: 'no-circles',
      comment: 'Types included: what two files look at stands where both look',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$' },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

// Packages that ship ES modules only: Jest cannot load them as they are on Node 20.
const ES_MODULES = [
  '@nestjs',
  'jose',
  'p-limit',
  'yocto-queue',
  'keyv',
  'cache-manager',
  '@cacheable',
];

const shared = {
  testEnvironment: 'node',
  transform: {
    '\\.m?[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

// Run only if such tests are asked for.
const servers = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'properties',
      testMatch: ['<rootDir>/test/properties/**/*.spec.ts'],
    },
    {
      ...shared,
      ...servers,
      displayName: 'system',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/test/properties/'],
    },
    {
      ...shared,
      ...servers,
      displayName: 'own-node',
      testMatch: [
        '<rootDir>/test/e2e/{openapi,renewal,tokens,transcript}.spec.ts',
        '<rootDir>/test/cli/export.spec.ts',
        '<rootDir>/test/faults/down-at-start.spec.ts',
      ],
      setupFiles: ['<rootDir>/test/support/on-own-node.mjs'],
    },
  ],
  testSequencer: '<rootDir>/test/support/mixed-order.mjs',
  testTimeout: 60_000,
  // Most of a system test's time is waiting: for clocks, processes and locks.
  maxWorkers: 3,
};

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePort, unprivileged } from '../support/processes.mjs';
import { temporaryDirectory } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

const ROOT = resolve(__dirname, '../..');
const START_LIMIT_MS = 60_000;

/** The image's own Node. */
const NODE = process.env.SHIPPED_NODE ?? '';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const linesOf = (name: string) =>
  read(name)
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const DOCKERFILE = linesOf('Dockerfile');
const STAGES = DOCKERFILE.join('\n').split(/^(?=FROM )/m);
const FINAL = (STAGES.at(-1) ?? '').split('\n');

/** The words of an instruction of the last stage. */
function instruction(name: string): string {
  return FINAL.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
}

/** What .dockerignore lets pass, copied. */
function copyContext(target: string): void {
  const [everything, ...rules] = linesOf('.dockerignore');
  expect(everything).toBe('*');
  const kept = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  const endings = rules.filter((rule) => !rule.startsWith('!'));
  expect(endings).toEqual(['**/*.spec.ts']);
  for (const name of kept) {
    const filter = (path: string) => !path.endsWith('.spec.ts');
    cpSync(join(ROOT, name), join(target, name), { recursive: true, filter });
  }
}

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('node_modules'))
    .sort();
}

describe('The Dockerfile', () => {
  it('builds in one stage and ships from another what was built there', () => {
    expect(STAGES).toHaveLength(2);
    expect(STAGES[0]).toMatch(/^FROM \S+ AS build\n/);
    expect(STAGES[0]).toMatch(/^RUN npm ci$/m);
    expect(STAGES[0]).toMatch(
      /^RUN npm run build && node scripts\/beside-the-bundle\.mjs \/beside$/m,
    );
    expect(FINAL).toContain('COPY --from=build /beside/node_modules ./node_modules');
    const copies = FINAL.filter((line) => /^(COPY|ADD) /.test(line));
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) expect(copy).toMatch(/^COPY --from=build /);
  });

  it('runs without privileges, in production, and tells whether it is healthy', () => {
    expect(FINAL.findLastIndex((line) => line === 'USER node')).toBeGreaterThan(
      FINAL.findLastIndex((line) => /^(RUN|COPY|ADD|USER root)/.test(line)),
    );
    expect(instruction('ENV')).toContain('NODE_ENV=production');
    expect(instruction('HEALTHCHECK')).toContain('/health/live');
  });

  it('has the command line in the PATH', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
    const [[name, path] = []] = Object.entries(bin);
    const folder = instruction('WORKDIR');
    expect(FINAL).toContain(`RUN ln -s ${folder}/${path} /usr/local/bin/${name}`);
  });

  it('holds no secret, and takes none for the build', () => {
    expect(DOCKERFILE.filter((line) => /^ARG /.test(line))).toEqual([]);
    expect(DOCKERFILE.filter((line) => /(KEY|PASSWORD|SECRET|TOKEN)\w*=/.test(line))).toEqual([]);
  });
});

describe('What the image is made of', () => {
  let context: string;
  let app: string;

  beforeAll(() => {
    context = temporaryDirectory();
    copyContext(context);
    symlinkSync(join(ROOT, 'node_modules'), join(context, 'node_modules'));
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: context });
    app = join(temporaryDirectory(), 'app');
    mkdirSync(app);
    for (const name of ['package.json', 'dist']) {
      cpSync(join(context, name), join(app, name), { recursive: true });
    }
    execFileSync('node', ['scripts/beside-the-bundle.mjs', app], { cwd: context });
    for (const folder of ['data', 'compile-cache']) mkdirSync(join(app, folder));
  }, 300_000);

  it('holds no tests, secrets or data', () => {
    const names = [...everyFile(context), ...everyFile(app)].map((path) => `/${path}`);
    expect(names).toEqual(expect.arrayContaining(['/dist/main.js', '/dist/page/account.html']));
    expect(names.filter((name) => /\.spec\.|\.env|\.git|\.key|\.sqlite$/.test(name))).toEqual([]);
  });

  it('runs on the Node that the tests call the image’s', () => {
    const [, major] = /^FROM node:(\d+)-/.exec(STAGES.at(-1) ?? '') ?? [];
    const version = execFileSync(NODE, ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(new RegExp(`^v${major}\\.`));
  });

  it('is the same service that is built from the whole repository', () => {
    // The rest of a name is a digest, of paths as well.
    const partsOf = (folder: string) => everyFile(folder).map((name) => name.split('-')[0]);
    expect(partsOf(join(app, 'dist'))).toEqual(partsOf(join(ROOT, 'dist')));
  });

  it('serves as somebody without rights who may write to data alone, and its health check says so', async () => {
    const user = unprivileged();
    // Only its owner may enter a temporary folder; an image's folders are open.
    chmodSync(resolve(app, '..'), 0o755);
    if (user.uid !== undefined) {
      for (const folder of ['data', 'compile-cache']) {
        chownSync(join(app, folder), user.uid, user.gid!);
      }
      execFileSync('chmod', ['-R', 'a+rX,a-w', join(app, 'dist'), join(app, 'package.json')]);
    }
    chmodSync(app, 0o555);
    const compiled = () => readdirSync(join(app, 'compile-cache'), { recursive: true }).length;
    // As the image is built: it ends by itself, once all of the code is loaded.
    const { status } = spawnSync(NODE, ['dist/main.js'], {
      cwd: app,
      env: { PORT: 'none', NODE_COMPILE_CACHE: join(app, 'compile-cache') },
      ...user,
    });
    expect(status).toBe(1);
    expect(compiled()).toBeGreaterThan(10);
    if (user.uid !== undefined) execFileSync('chown', ['-R', '0:0', join(app, 'compile-cache')]);
    execFileSync('chmod', ['-R', 'a=rX', join(app, 'compile-cache')]);
    const before = filesBesideData();

    const port = await freePort();
    const own = Object.fromEntries(
      [...instruction('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    const env = {
      ...own,
      NODE_COMPILE_CACHE: join(app, 'compile-cache'),
      PATH: `${dirname(NODE)}:${process.env.PATH}`,
      PORT: String(port),
      JWT_KEY: TEST_KEY,
      PUBLIC_URL: 'https://accounts.example.org',
    };
    const options = { cwd: app, env, ...user };
    const [command = '', ...args] = JSON.parse(instruction('CMD')) as string[];
    const isHealthy = (): boolean => {
      const check = JSON.parse(instruction('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[];
      return spawnSync(check[0]!, check.slice(1), options).status === 0;
    };
    expect(isHealthy()).toBe(false);
    const service: ChildProcess = spawn(command, args, { ...options, stdio: 'ignore' });
    try {
      await eventually(() => expect(isHealthy()).toBe(true), START_LIMIT_MS);
      const client = new Client(`http://127.0.0.1:${port}`);
      const { token, username } = await client.newSession();
      expect(await client.accepts(token)).toBe(true);
      expect((await client.get('/account')).status).toBe(200);
      const args = ['sessions', 'end', '--user', username];
      execFileSync(join(app, 'dist/cli.js'), args, { ...options, stdio: 'ignore' });
      expect(await client.accepts(token)).toBe(false);
      expect(existsSync(join(app, 'data/gatehouse.sqlite'))).toBe(true);
      expect(statSync(join(app, 'data/gatehouse.sqlite')).uid).toBe(user.uid ?? process.getuid!());
    } finally {
      service.kill('SIGTERM');
      await once(service, 'exit');
    }
    expect(service.exitCode).toBe(0);
    expect(isHealthy()).toBe(false);
    expect(filesBesideData()).toEqual(before);
    chmodSync(app, 0o755);
  }, 200_000);

  function filesBesideData(): string[] {
    return readdirSync(app, { recursive: true, encoding: 'utf8' })
      .filter((path) => !/^(data|node_modules)/.test(path))
      .map((path) => `${relative('', path)} ${statSync(join(app, path)).mtimeMs}`)
      .sort();
  }
});

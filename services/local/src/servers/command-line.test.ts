import { expect, test } from 'vitest';
import { serverCommand, type ServerPlace } from './command-line.ts';

const server = { name: 'redis-server', dir: '/home/me/.local/redis', port: 6479 };
const args = ({ dir, host }: ServerPlace) => ['--port', '6479', '--bind', host, '--dir', `${dir}/data`];

test('an executable binds the loopback interface and uses the folder itself', () => {
  expect(serverCommand({ kind: 'executable', path: '/opt/redis-server' }, server, args)).toEqual({
    file: '/opt/redis-server',
    args: ['--port', '6479', '--bind', '127.0.0.1', '--dir', '/home/me/.local/redis/data'],
  });
});

test('a container publishes its port on the loopback interface only and keeps its data in the folder', () => {
  const command = serverCommand({ kind: 'container', image: 'redis:6.2-alpine' }, server, args);
  expect(command.file).toBe('docker');
  expect(command.args.join(' ')).toBe(
    [
      'run --rm --name tradewind-redis-server-6479',
      '--publish 127.0.0.1:6479:6479 --volume /home/me/.local/redis:/data',
      `--user ${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
      'redis:6.2-alpine redis-server --port 6479 --bind 0.0.0.0 --dir /data/data',
    ].join(' '),
  );
});

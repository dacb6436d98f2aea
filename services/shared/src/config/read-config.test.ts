import { expect, test } from 'vitest';
import { ConfigError, natural, readConfig, secretMap, str, target } from './index.ts';

test('names all problems of the environment at once', () => {
  const specs = { PORT: natural({ default: 1 }), ORDER_SERVICE: target(), NAME: str() };
  const attempt = () => readConfig(specs, { PORT: '80x', ORDER_SERVICE: 'nowhere' });
  expect(attempt).toThrow(ConfigError);
  expect(attempt).toThrow(/PORT.*whole number[^]*ORDER_SERVICE.*host:port[^]*NAME/);
});

test('takes the default for an absent and for an empty variable', () => {
  expect(readConfig({ PORT: natural({ default: 8080 }) }, { PORT: '' }).PORT).toBe(8080);
});

test('a gRPC target is one server, a name in the DNS, or a list of addresses', () => {
  const read = (text: string) => readConfig({ AT: target() }, { AT: text }).AT;
  for (const good of ['order:50052', 'dns:///order:50052', 'ipv4:10.0.0.1:50052,10.0.0.2:50052'])
    expect(read(good)).toBe(good);
  for (const wrong of ['order', 'a:1,b:2', 'ipv4:10.0.0.1:50052,'])
    expect(() => read(wrong)).toThrow(ConfigError);
});

test('reads keys by caller, and keeps the secrets out of its messages', () => {
  const specs = { KEYS: secretMap() };
  expect(readConfig(specs, { KEYS: 'gateway=a=b, order=c' }).KEYS).toEqual(
    new Map([
      ['gateway', 'a=b'],
      ['order', 'c'],
    ]),
  );
  expect(() => readConfig(specs, { KEYS: 'hunter2' })).not.toThrow(/hunter2/);
});

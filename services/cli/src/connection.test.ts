import { describe, expect, it } from 'vitest';
import { readEnvironment } from './config.ts';
import { resolveConnection, type ConnectionOptions } from './connection.ts';

const nothing = readEnvironment({});
const profile = {
  url: 'http://127.0.0.1:9000',
  login: 'admin@example.com',
  password: 'p',
  mail_url: 'http://mail',
};

describe('resolveConnection', () => {
  it('takes options before the environment before the profile', () => {
    const environment = readEnvironment({ TRADEWIND_URL: 'http://two', TRADEWIND_PASSWORD: 'e' });
    expect(resolveConnection({ url: 'http://one' }, environment, profile).url).toBe('http://one/');
    expect(resolveConnection({}, environment, profile).url).toBe('http://two/');
    expect(resolveConnection({}, nothing, profile)).toEqual({
      url: 'http://127.0.0.1:9000/',
      mailUrl: 'http://mail',
      credentials: { login: 'admin@example.com', password: 'p' },
    });
    expect(resolveConnection({}, nothing, {}).url).toBe('http://127.0.0.1:8080/');
  });

  it('sends the profile’s password to no other platform, and for no other login', () => {
    expect(resolveConnection({ url: 'https://shop.example.com' }, nothing, profile)).toEqual({
      url: 'https://shop.example.com/',
      mailUrl: undefined,
      credentials: undefined,
    });
    expect(resolveConnection({ login: 'somebody' }, nothing, profile).credentials).toBeUndefined();
  });

  it('prefers a token', () => {
    expect(resolveConnection({ token: 't' }, nothing, profile).credentials).toEqual({ token: 't' });
    const environment = readEnvironment({
      TRADEWIND_TOKEN: 'e',
      TRADEWIND_LOGIN: 'l',
      TRADEWIND_PASSWORD: 'p',
    });
    expect(resolveConnection({}, environment, profile).credentials).toEqual({ token: 'e' });
  });

  it('logs in as an option says, whatever token the environment has', () => {
    const environment = readEnvironment({ TRADEWIND_TOKEN: 'e' });
    const as = (options: ConnectionOptions) => resolveConnection(options, environment, profile).credentials;
    const ada = { login: 'ada', password: 'a' };
    expect(as(ada)).toEqual(ada);
    expect(as({ login: 'ada' })).toBeUndefined();
    expect(as({ login: profile.login })).toEqual({ login: profile.login, password: 'p' });
    expect(as({ password: 'a' })).toEqual({ login: profile.login, password: 'a' });
    expect(as({ ...ada, token: 't' })).toEqual({ token: 't' });
  });

  it('refuses what is no web address', () => {
    expect(() => resolveConnection({ url: 'localhost:8080' }, nothing, {})).toThrow('not an address');
  });
});

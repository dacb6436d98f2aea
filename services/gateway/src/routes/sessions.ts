import { loggedIn, onBehalf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { presentSession, presentTokens } from '../present/user.ts';
import { answer, bodyProblems, idParams, noContent, personProblems, problems } from '../schemas/common.ts';
import { closed, ref } from '../schemas/kit.ts';
import { Credentials, RefreshRequest, SessionList, Tokens } from '../schemas/users.ts';
import type { Upstreams } from '../upstreams.ts';

const tags = ['Sessions'];

/** The client's name for itself, as a device that the user service takes. Node reads header bytes as latin1. */
const deviceOf = (agent = '') =>
  Buffer.from(agent, 'latin1')
    .toString()
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 200)
    .toWellFormed();

/** POST /authenticate, under any prefix. */
export const authentication =
  ({ users }: Upstreams): Routes =>
  (app) => {
    app.post(
      '/authenticate',
      {
        schema: {
          operationId: 'authenticate',
          tags,
          summary: 'Log in',
          description: 'Opens a session. One answer for an unknown name and for a wrong password.',
          body: ref(Credentials),
          response: {
            200: answer(ref(Tokens), 'Logged in.'),
            ...problems('UNAUTHENTICATED', ...bodyProblems),
          },
        },
      },
      async (request) => {
        const { login, email, username, password, device } = request.body;
        const credentials = {
          login: login ?? email ?? username ?? '',
          password,
          device: device ?? deviceOf(request.headers['user-agent']),
        };
        return presentTokens(await users.authenticate(credentials, { signal: request.departure }));
      },
    );
  };

/** What a person does with open sessions. */
export const sessions =
  ({ users }: Upstreams): Routes =>
  (app) => {
    app.post(
      '/refresh',
      {
        schema: {
          operationId: 'refreshSession',
          tags,
          summary: 'Get the next tokens',
          description:
            'Exchanges the refresh token. The one before gets the same successor for ten seconds; later use of it ends the session.',
          body: ref(RefreshRequest),
          response: {
            200: answer(ref(Tokens), 'The next tokens.'),
            ...problems('UNAUTHENTICATED', ...bodyProblems),
          },
        },
      },
      async (request) =>
        presentTokens(
          await users.refreshSession(
            { refreshToken: request.body.refresh_token },
            { signal: request.departure },
          ),
        ),
    );

    app.post(
      '/logout',
      {
        schema: {
          operationId: 'logout',
          tags,
          summary: 'Log out',
          description: 'Ends the session that the access token belongs to.',
          security: loggedIn,
          response: { 204: noContent('Logged out.'), ...problems('UNAUTHENTICATED') },
        },
      },
      async (request, reply) => {
        await users.revokeSession({ sessionId: '' }, onBehalf(request));
        return await reply.code(204).send(null);
      },
    );

    app.get(
      '/me/sessions',
      {
        schema: {
          operationId: 'listSessions',
          tags,
          summary: 'List your sessions',
          description: 'Where you are logged in.',
          security: loggedIn,
          querystring: closed({}),
          response: { 200: answer(ref(SessionList), 'Your sessions.'), ...problems('UNAUTHENTICATED') },
        },
      },
      async (request) => {
        const { sessions: open } = await users.listSessions({}, onBehalf(request));
        return { items: open.map(presentSession) };
      },
    );

    app.delete(
      '/me/sessions/:id',
      {
        schema: {
          operationId: 'revokeSession',
          tags,
          summary: 'End a session',
          description:
            'Its access tokens end within five seconds. A session that is over, or not yours, changes nothing.',
          security: loggedIn,
          params: idParams('The session.'),
          response: { 204: noContent('It is over.'), ...problems(...personProblems) },
        },
      },
      async (request, reply) => {
        await users.revokeSession({ sessionId: request.params.id }, onBehalf(request));
        return await reply.code(204).send(null);
      },
    );
  };

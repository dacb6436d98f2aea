import type { UserProfile } from '@tradewind/proto/user/v1/user';
import { loggedIn, onBehalf, principalOf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { presentUser, roleOf } from '../present/user.ts';
import { answer, bodyProblems, idParams, noContent, personProblems, problems } from '../schemas/common.ts';
import { ref } from '../schemas/kit.ts';
import { ProfileChange, Registration, RoleChange, User, UserPage, UserQuery } from '../schemas/users.ts';
import type { Upstreams } from '../upstreams.ts';

const tags = ['Users'];
const params = idParams('A user id, or `me`.');

/** POST /register, under any prefix. */
export const registration =
  ({ users }: Upstreams): Routes =>
  (app) => {
    app.post(
      '/register',
      {
        schema: {
          operationId: 'register',
          tags,
          summary: 'Register',
          description: 'Creates a customer and sends a welcome mail.',
          body: ref(Registration),
          response: { 201: answer(ref(User), 'Registered.'), ...problems('ALREADY_EXISTS', ...bodyProblems) },
        },
      },
      async (request, reply) => {
        const user = await users.register(request.body, { signal: request.departure });
        return await reply.code(201).header('location', `/api/users/${user.id}`).send(presentUser(user));
      },
    );
  };

/** Reading, changing and deleting one user, under any prefix. */
export const profiles =
  ({ users }: Upstreams): Routes =>
  (app) => {
    app.get(
      '/:id',
      {
        schema: {
          operationId: 'getUser',
          tags,
          summary: 'Read a user',
          description: 'Oneself, or anybody for admins.',
          security: loggedIn,
          params,
          response: { 200: answer(ref(User), 'The user.'), ...problems('NOT_FOUND', ...personProblems) },
        },
      },
      async (request) =>
        presentUser(await users.getUserProfile({ userId: userIdOf(request) }, onBehalf(request))),
    );

    app.patch(
      '/:id',
      {
        schema: {
          operationId: 'updateUser',
          tags,
          summary: 'Change a user',
          description:
            'Changes the fields given. A new password needs the current one, and ends the other sessions.',
          security: loggedIn,
          params,
          body: ref(ProfileChange),
          response: {
            200: answer(ref(User), 'The user as it is now.'),
            ...problems('NOT_FOUND', 'ALREADY_EXISTS', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request) => {
        const {
          email,
          name,
          phone,
          new_password: newPassword,
          current_password: currentPassword,
        } = request.body;
        const change = { userId: userIdOf(request), email, name, phone, newPassword, currentPassword };
        return presentUser(await users.updateUserProfile(change, onBehalf(request)));
      },
    );

    app.delete(
      '/:id',
      {
        schema: {
          operationId: 'deleteUser',
          tags,
          summary: 'Delete a user',
          description: 'Erases personal data and ends every session. Orders stay, under the id alone.',
          security: loggedIn,
          params,
          response: { 204: noContent('Deleted.'), ...problems('NOT_FOUND', ...personProblems) },
        },
      },
      async (request, reply) => {
        await users.deleteUser({ userId: userIdOf(request) }, onBehalf(request));
        return await reply.code(204).send(null);
      },
    );
  };

/** What admins do with users. */
export const userAdministration =
  ({ users }: Upstreams): Routes =>
  (app) => {
    app.get(
      '/',
      {
        schema: {
          operationId: 'listUsers',
          tags,
          summary: 'List users',
          description: 'For admins.',
          security: loggedIn,
          querystring: UserQuery,
          response: { 200: answer(ref(UserPage), 'Some users.'), ...problems(...personProblems) },
        },
      },
      async (request) => {
        const { limit = 20, cursor = '', login = '' } = request.query;
        const page = await users.listUsers({ pageSize: limit, pageToken: cursor, login }, onBehalf(request));
        return { items: page.users.map(presentUser), next_cursor: page.nextPageToken || null };
      },
    );

    app.put(
      '/:id/role',
      {
        schema: {
          operationId: 'setUserRole',
          tags,
          summary: 'Give a user another role',
          description: 'For admins. Ends the sessions that carry the old role.',
          security: loggedIn,
          params,
          body: ref(RoleChange),
          response: {
            200: answer(ref(User), 'The user as it is now.'),
            ...problems('NOT_FOUND', 'ILLEGAL_STATE', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request) => {
        const user: UserProfile = await users.setUserRole(
          { userId: userIdOf(request), role: roleOf[request.body.role] },
          onBehalf(request),
        );
        return presentUser(user);
      },
    );
  };

/** The id of the path, where `me` is whoever asks. */
function userIdOf(request: Parameters<typeof principalOf>[0] & { params: { id: string } }): string {
  return request.params.id === 'me' ? principalOf(request).userId : request.params.id;
}

import { Type, type Static } from '@fastify/type-provider-typebox';
import { cursor, id, limit, nextCursor } from './common.ts';
import { choice, closed, line, nullable, oneLine, ref, timestamp } from './kit.ts';

const email = (description: string) =>
  Type.String({
    format: 'email',
    minLength: 3,
    maxLength: 254,
    pattern: oneLine,
    description,
    examples: ['ada@example.org'],
  });
const username = Type.String({
  pattern: '^[A-Za-z0-9._-]{3,32}$',
  description: 'Unique without regard to case.',
  examples: ['ada'],
});
const password = (description: string, min = 8) => line({ min, max: 128, description });
const name = line({ max: 200, description: 'The name of the person.', examples: ['Ada Lovelace'] });
const phone = Type.String({
  pattern: '^\\+[1-9][0-9]{6,14}$',
  description: 'E.164.',
  examples: ['+4915112345678'],
});
const role = choice(['customer', 'merchant', 'admin'], {
  description: 'Merchants create products and change their own; admins may do everything.',
});

export const User = closed(
  {
    id: id('Stays for ever.'),
    email: nullable(Type.String({ description: 'E-mail address.', examples: ['ada@example.org'] })),
    username: nullable(Type.String({ description: 'User name.', examples: ['ada'] })),
    name: nullable(Type.String({ description: 'The name of the person.', examples: ['Ada Lovelace'] })),
    phone: nullable(Type.String({ description: 'E.164.', examples: ['+4915112345678'] })),
    role,
    created_at: nullable(timestamp('When the user registered.')),
  },
  { $id: 'User', description: 'A person.' },
);

export const Registration = closed(
  {
    email: Type.Optional(email('Unique without regard to case.')),
    username: Type.Optional(username),
    password: password('8 to 128 characters.'),
    name: Type.Optional(name),
    phone: Type.Optional(phone),
  },
  {
    $id: 'Registration',
    description: 'A new person, with an e-mail address or a user name or both.',
    anyOf: [{ required: ['email'] }, { required: ['username'] }],
    examples: [{ email: 'ada@example.org', password: 'correct horse battery staple', name: 'Ada Lovelace' }],
  },
);

const login = (description: string) => line({ max: 254, description, examples: ['ada@example.org'] });

export const Credentials = closed(
  {
    login: Type.Optional(login('E-mail address or user name.')),
    email: Type.Optional(login('E-mail address; instead of `login`.')),
    username: Type.Optional(login('User name; instead of `login`.')),
    password: password('The password.', 1),
    device: Type.Optional(
      line({
        max: 200,
        description: 'What names the session in the list of sessions.',
        examples: ['Firefox'],
      }),
    ),
  },
  {
    $id: 'Credentials',
    description: 'Who logs in.',
    oneOf: [{ required: ['login'] }, { required: ['email'] }, { required: ['username'] }],
    examples: [{ login: 'ada@example.org', password: 'correct horse battery staple' }],
  },
);

const token = (description: string) =>
  Type.String({ pattern: '^[\\x21-\\x7e]{1,2000}$', description, examples: ['9yZb…'] });

export const RefreshRequest = closed(
  {
    refresh_token: Type.String({
      pattern: '^[\\x21-\\x7e]{1,2000}$',
      description: 'The newest one of the session.',
    }),
  },
  { $id: 'RefreshRequest', description: 'A refresh token, which is used up.' },
);

export const Tokens = closed(
  {
    access_token: token('For the Authorization header, as a bearer token.'),
    token_type: Type.Literal('Bearer', { description: 'Always `Bearer`.' }),
    expires_at: nullable(timestamp('When the access token ends.')),
    refresh_token: token('Gets the next pair of tokens, once.'),
    refresh_expires_at: nullable(timestamp('When the session ends, unless it is refreshed.')),
    session_id: id('The session.'),
    user: ref(User),
  },
  { $id: 'Tokens', description: 'An open session.' },
);

export const Session = closed(
  {
    id: id('The session.'),
    device: Type.String({ description: 'What the person called it.', examples: ['Firefox'] }),
    created_at: nullable(timestamp('When the person logged in.')),
    last_used_at: nullable(timestamp('When it was last refreshed.')),
    current: Type.Boolean({ description: 'Whether this request belongs to it.' }),
  },
  { $id: 'Session', description: 'A place where a person is logged in.' },
);

export const SessionList = closed(
  { items: Type.Array(ref(Session), { description: 'Newest first.' }) },
  { $id: 'SessionList', description: 'The open sessions of a person.' },
);

export const ProfileChange = closed(
  {
    email: Type.Optional(email('The new address.')),
    name: Type.Optional(name),
    phone: Type.Optional(phone),
    new_password: Type.Optional(password('Ends the other sessions; needs `current_password`.')),
    current_password: Type.Optional(password('Proves who changes the password.', 1)),
  },
  {
    $id: 'ProfileChange',
    minProperties: 1,
    description: 'The fields to change; the others stay.',
    examples: [{ name: 'Ada King' }],
  },
);

export const RoleChange = closed({ role }, { $id: 'RoleChange', description: 'The new role.' });

export const UserQuery = closed({
  login: Type.Optional(
    line({ max: 254, description: 'Exact e-mail address or user name.', examples: ['ada'] }),
  ),
  limit,
  cursor,
});

export const UserPage = closed(
  { items: Type.Array(ref(User), { description: 'In the order of registration.' }), next_cursor: nextCursor },
  { $id: 'UserPage', description: 'Some users.' },
);

export type User = Static<typeof User>;
export type Tokens = Static<typeof Tokens>;
export type Session = Static<typeof Session>;

export const userSchemas = [
  User,
  Registration,
  Credentials,
  RefreshRequest,
  Tokens,
  Session,
  SessionList,
  ProfileChange,
  RoleChange,
  UserPage,
];

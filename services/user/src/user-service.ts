import { UserServiceService, type UserServiceServer } from '@tradewind/proto/user/v1/user';
import {
  service,
  type Access,
  type AccessTable,
  type Handlers,
  type ServedService,
} from '@tradewind/shared/grpc';
import { listUsers, setUserRole } from './administration.ts';
import { getContact, getContacts } from './contact.ts';
import type { UserContext } from './context.ts';
import { deleteUser } from './delete-user.ts';
import { listSessions, revokeSession } from './own-sessions.ts';
import { getUserProfile, updateUserProfile } from './profile.ts';
import { register } from './register.ts';
import { authenticate, refreshSession } from './sign-in.ts';

const visitor: Access = { from: ['gateway'], user: 'none' };
const person: Access = { from: ['gateway'], user: 'required' };
const mailer: Access = { from: ['notification'], user: 'none' };

const access: AccessTable<UserServiceServer> = {
  register: visitor,
  authenticate: visitor,
  refreshSession: visitor,
  listSessions: person,
  revokeSession: person,
  getUserProfile: person,
  updateUserProfile: person,
  deleteUser: person,
  listUsers: person,
  setUserRole: person,
  getContact: mailer,
  getContacts: mailer,
  getSigningKeys: {
    from: ['gateway', 'inventory', 'order', 'notification', 'restock-controller', 'user'],
    user: 'none',
  },
};

export function userService(context: UserContext): ServedService {
  const handlers: Handlers<UserServiceServer> = {
    register: register(context),
    authenticate: authenticate(context),
    refreshSession: refreshSession(context),
    listSessions: listSessions(context),
    revokeSession: revokeSession(context),
    getUserProfile: getUserProfile(context),
    updateUserProfile: updateUserProfile(context),
    deleteUser: deleteUser(context),
    listUsers: listUsers(context),
    setUserRole: setUserRole(context),
    getContact: getContact(context),
    getContacts: getContacts(context),
    getSigningKeys: () => Promise.resolve({ jwksJson: context.accessTokens.publicKeys() }),
  };
  return service(UserServiceService, access, handlers);
}

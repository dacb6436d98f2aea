import { UserServiceService, type Contact, type UserServiceServer } from '@tradewind/proto/user/v1/user';
import { TradewindError } from '@tradewind/shared/errors';
import {
  serveGrpc,
  service,
  type Access,
  type AccessTable,
  type GrpcServer,
  type Handlers,
} from '@tradewind/shared/grpc';
import type { Logger } from '@tradewind/shared/telemetry';

const forNotification: Access = { from: ['notification'], user: 'none' };

const everyMethod = <T>(value: T): Record<string, T> =>
  Object.fromEntries(Object.keys(UserServiceService).map((name) => [name, value]));

/** A gRPC server that knows these contacts, and answers nothing but GetContacts. */
export function serveContacts(
  contacts: ReadonlyMap<string, Contact>,
  key: string,
  log: Logger,
): Promise<GrpcServer> {
  const notServed = (): Promise<never> =>
    Promise.reject(new TradewindError('INTERNAL', 'only GetContacts is served here'));
  const users = service<UserServiceServer>(
    UserServiceService,
    everyMethod(forNotification) as AccessTable<UserServiceServer>,
    {
      ...(everyMethod(notServed) as unknown as Handlers<UserServiceServer>),
      getContacts: ({ userIds }) => {
        const known = userIds.flatMap((id) => {
          const contact = contacts.get(id);
          return contact ? [[id, contact] as const] : [];
        });
        return Promise.resolve({ contacts: Object.fromEntries(known) });
      },
    },
  );
  const callerKeys = new Map([['notification', key]]);
  return serveGrpc({ host: '127.0.0.1', port: 0, services: [users], callerKeys, log });
}

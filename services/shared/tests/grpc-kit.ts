import {
  InventoryServiceDefinition,
  InventoryServiceService,
  type InventoryServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  MailerServiceDefinition,
  MailerServiceService,
  type MailerServiceServer,
} from '@tradewind/proto/notification/v1/notification';
import type { TokenVerifier } from '../src/auth/index.ts';
import { TradewindError } from '../src/errors/index.ts';
import {
  grpcClient,
  serveGrpc,
  service,
  type Access,
  type GrpcClient,
  type GrpcClientOptions,
  type GrpcServer,
  type GrpcServerOptions,
  type Handlers,
} from '../src/grpc/index.ts';
import { log } from './event-kit.ts';

type Inventory = Handlers<InventoryServiceServer>;
type Mailer = Handlers<MailerServiceServer>;

const missing = () => Promise.reject(new TradewindError('NOT_FOUND', 'this test has no such method'));
const open: Access = { from: ['gateway'], user: 'none' };

/** Knows tokens such as `ada`, whose session bears the name too. */
export const verifier: TokenVerifier = {
  verify: (token) =>
    token === 'forged'
      ? Promise.reject(new TradewindError('UNAUTHENTICATED', 'the access token is not valid'))
      : Promise.resolve({ userId: token, role: 'customer', sessionId: token }),
};

/** A server of two real services with a few methods: CheckStock and GetMovements may be repeated, SendEmail may not. */
export function serveTest(
  handlers: Partial<Inventory & Mailer>,
  options: Partial<GrpcServerOptions> & { readonly access?: Partial<Record<keyof Inventory, Access>> } = {},
): Promise<GrpcServer> {
  const inventory = service<InventoryServiceServer>(
    InventoryServiceService,
    {
      checkStock: open,
      decreaseStock: open,
      adjustStock: open,
      getRestockCounters: open,
      getMovements: open,
      watchStock: open,
      ...options.access,
    },
    {
      checkStock: handlers.checkStock ?? missing,
      decreaseStock: handlers.decreaseStock ?? missing,
      adjustStock: handlers.adjustStock ?? missing,
      getRestockCounters: handlers.getRestockCounters ?? missing,
      getMovements: handlers.getMovements ?? missing,
      watchStock: handlers.watchStock ?? (() => (async function* () {})()),
    },
  );
  const mailer = service<MailerServiceServer>(
    MailerServiceService,
    { sendEmail: open },
    { sendEmail: handlers.sendEmail ?? missing },
  );
  return serveGrpc({
    host: '127.0.0.1',
    port: 0,
    services: [inventory, mailer],
    callerKeys: new Map([
      ['gateway', 'gateway-key'],
      ['order', 'order-key'],
    ]),
    verifier,
    log,
    ...options,
  });
}

const at = ({ port }: GrpcServer, options: Partial<GrpcClientOptions> = {}): GrpcClientOptions => ({
  target: `127.0.0.1:${port}`,
  caller: 'gateway',
  key: 'gateway-key',
  ...options,
});

export const stockClient = (
  server: GrpcServer,
  options?: Partial<GrpcClientOptions>,
): GrpcClient<InventoryServiceServer> =>
  grpcClient<InventoryServiceServer>(
    InventoryServiceService,
    InventoryServiceDefinition,
    at(server, options),
  );

export const mailClient = (server: GrpcServer): GrpcClient<MailerServiceServer> =>
  grpcClient<MailerServiceServer>(MailerServiceService, MailerServiceDefinition, at(server));

export const someMail = { toEmail: 'a@b.test', subject: 's', htmlBody: '' };
export const movementsOf = (productId: string) => ({ productId, pageSize: 0, pageToken: '' });

/** Rejects with the signal's reason when it aborts, as work does that watches it. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

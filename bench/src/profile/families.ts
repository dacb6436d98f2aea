import type { Profiler } from 'node:inspector';

type Node = Profiler.ProfileNode;

/** By package, or by file for node's own modules: the first that matches. */
const families: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['gRPC and HTTP/2', /@grpc\/|grpc-health|node:(internal\/)?http2/],
  ['MongoDB driver', /node_modules\/(mongodb|bson|mongodb-connection-string-url)\//],
  ['NATS client', /node_modules\/(nats|nkeys\.js|tweetnacl)\//],
  ['Redis client', /node_modules\/(ioredis|@ioredis|redis-parser)\//],
  ['HTTP/1', /node:_http|node:http$|node:internal\/http/],
  [
    'fastify',
    /node_modules\/(fastify|@fastify|find-my-way|avvio|ajv|fast-[\w-]+|light-my-request|secure-json)/,
  ],
  ['telemetry', /@opentelemetry\/|shared\/src\/telemetry/],
  ['logging', /node_modules\/(pino|sonic-boom|thread-stream|safe-stable|quick-format)/],
  ['protobuf', /@bufbuild|protobufjs|proto\/gen\//],
  ['tokens and hashes', /node_modules\/jose\/|node:internal\/crypto|node:crypto/],
  ['mail', /nodemailer|maildev|smtp-server|mailparser|handlebars|mustache/],
  ['own code: shared', /services\/shared\//],
  ['own code', /services\//],
  ['other packages', /node_modules\//],
];

const unnamed = 'node itself';

/** Seconds that a profile's functions ran, by family; what the process waited is left out. */
export function secondsByFamily(profile: Profiler.Profile): Map<string, number> {
  const self = selfMicros(profile);
  const parents = new Map<number, Node>();
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node);
  const known = new Map<number, string>();
  const familyOf = (node: Node): string => {
    const found = known.get(node.id) ?? ownFamily(node) ?? inherited(node);
    known.set(node.id, found);
    return found;
  };
  // A native function, or one of node's streams, works for whoever called it.
  const inherited = (node: Node): string => {
    const parent = parents.get(node.id);
    return parent && parent.callFrame.functionName !== '(root)' ? familyOf(parent) : unnamed;
  };
  const seconds = new Map<string, number>();
  for (const node of profile.nodes) {
    const family = familyOf(node);
    if (family === '(idle)') continue;
    seconds.set(family, (seconds.get(family) ?? 0) + (self.get(node.id) ?? 0) / 1e6);
  }
  return seconds;
}

function ownFamily({ callFrame: { url, functionName } }: Node): string | undefined {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(idle)') return '(idle)';
  if (functionName === '(program)') return unnamed;
  return families.find(([, pattern]) => pattern.test(url))?.[0];
}

function selfMicros({ samples = [], timeDeltas = [] }: Profiler.Profile): Map<number, number> {
  const micros = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
  return micros;
}

/** The functions that ran longest themselves: name, place and seconds. */
export function longestFunctions(profile: Profiler.Profile, count: number): [string, number][] {
  const self = selfMicros(profile);
  const byFunction = new Map<string, number>();
  for (const { id, callFrame } of profile.nodes) {
    const { functionName, url, lineNumber } = callFrame;
    if (functionName === '(idle)') continue;
    const place = `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
    byFunction.set(place, (byFunction.get(place) ?? 0) + (self.get(id) ?? 0) / 1e6);
  }
  return [...byFunction].sort(([, a], [, b]) => b - a).slice(0, count);
}

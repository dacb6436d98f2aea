/** The processes that the image holds, by the argument that starts them. Importing a main module is starting it. */
export const processes = {
  gateway: () => import('@tradewind/gateway/main'),
  user: () => import('@tradewind/user/main'),
  inventory: () => import('@tradewind/inventory/main'),
  'inventory-consumer': () => import('@tradewind/inventory/consumer-main'),
  order: () => import('@tradewind/order/main'),
  notification: () => import('@tradewind/notification/main'),
  'restock-controller': () => import('@tradewind/restock-controller/main'),
  'mongodb-setup': () => import('@tradewind/mongodb-setup/main'),
} satisfies Readonly<Record<string, () => Promise<unknown>>>;

export type ProcessName = keyof typeof processes;

export const processNames = Object.keys(processes) as ProcessName[];

export function isProcess(name: string): name is ProcessName {
  return Object.hasOwn(processes, name);
}

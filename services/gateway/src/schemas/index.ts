import { Money, Problem } from './common.ts';
import { emailSchemas } from './email.ts';
import { orderSchemas } from './orders.ts';
import { productSchemas } from './products.ts';
import { stockSchemas } from './stock.ts';
import { userSchemas } from './users.ts';

/** Everything that has a name in the OpenAPI document. */
export const namedSchemas = [
  Problem,
  Money,
  ...userSchemas,
  ...productSchemas,
  ...stockSchemas,
  ...orderSchemas,
  ...emailSchemas,
];

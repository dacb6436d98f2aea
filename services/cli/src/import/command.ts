import { Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { positiveInteger } from '../option-parsers.ts';
import { clientOf, connectionOf, withPlatformOptions, type PlatformOptions } from '../platform-options.ts';
import { ApiClient } from '../api/client.ts';
import { formats, type Format } from './format.ts';
import { startReport } from './report.ts';
import { runImport } from './run-import.ts';

interface Options extends PlatformOptions {
  readonly format: Format | 'auto';
  readonly currency?: string;
  readonly source?: string;
  readonly category?: string;
  readonly setStock?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency: number;
}

const help = `
Formats:
  json      an array of records: [{"sku": "KB-1", "name": "Keyboard", "category": "accessories",
            "price": "49.90", "currency": "EUR", "stock": 20, "description": "...", "attributes": {"layout": "DE"}}]
            sku, name and price are required. The price is decimal text, or {"currency": "EUR", "amount": 4990}
            in minor units. Other fields are refused.
  ndjson    one such record a line
  shopify   Shopify's product CSV. Each variant becomes a product. Unpublished products and gift cards are left out.
  vendure   Vendure's product CSV. Each variant becomes a product.

What happens:
  Products are found by their sku: new ones are created, others get the fields that differ. A variant without a sku
  gets one made from the product's handle and its options; a sku that repeats in the file gets its options appended.
  The stock of a row is added once for each source and sku, however often the file is imported, and by whom;
  --set-stock books the difference to the number in the file instead. A row without a number leaves the stock as it
  is; one below zero, which is oversold, counts as 0. HTML in descriptions is reduced to text.
  A row that fails is reported with its line, and the rest is imported: correct the file and import it again.

Examples:
  $ tradewind import catalogue.json
  $ tradewind import products_export.csv --currency EUR --category apparel
  $ tradewind import count.csv --currency EUR --source spring --set-stock
  $ tradewind import products.csv --currency EUR --dry-run
`;

export function importCommand(context: Context): Command {
  const command = new Command('import')
    .summary('import a catalogue: JSON, NDJSON, Shopify or Vendure CSV')
    .description('Imports products with their stock from a file. Importing it again changes nothing.')
    .argument('<file>', 'the catalogue')
    .addOption(
      new Option('--format <format>', 'what the file is').choices(['auto', ...formats]).default('auto'),
    )
    .option('--currency <code>', 'ISO 4217, for records that name none; both CSV formats do not')
    .option('--source <name>', 'what the stock of this catalogue is keyed by (default: the name of the file)')
    .option('--category <name>', 'for products whose file names none (default: "uncategorised")')
    .option('--set-stock', 'set stock to the numbers of the file, as a count does')
    .option('--dry-run', 'only read and check the file')
    .option('--concurrency <n>', 'rows at once', positiveInteger, 8)
    .addHelpText('after', help);
  return withPlatformOptions(command).action(async (file: string, options: Options) => {
    await importFile(file, options, context);
  });
}

async function importFile(file: string, { format, ...options }: Options, context: Context): Promise<void> {
  const connection = await connectionOf(options, context);
  const { signal } = context;
  const api = options.dryRun ? new ApiClient({ ...connection, signal }) : clientOf(connection, signal);
  using report = startReport(file, context);
  try {
    const { failed } = await runImport(api, {
      ...options,
      ...(format === 'auto' ? {} : { format }),
      file,
      signal,
      observer: report,
    });
    report.finish(options.dryRun ? 'checked, nothing imported' : 'imported');
    if (failed > 0) context.exitCode = 1;
  } catch (error) {
    report.stopEarly();
    throw error;
  }
}

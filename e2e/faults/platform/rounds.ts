/** What the scenarios of this folder order at least in one round, all together. */
const inOneRound = 10_000;

const wanted = Number(process.env['ORDERS'] ?? inOneRound);

/** From 1, as many as it takes for the number of orders in ORDERS. Each has seeds of its own. */
export const rounds = Array.from({ length: Math.ceil(wanted / inOneRound) }, (_, index) => index + 1);

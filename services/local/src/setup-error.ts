/** An error whose message tells the person at the keyboard all there is to know: it is printed without a stack trace. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

import type { Socket } from 'node:net';
import { rawProblem } from './problems.ts';

interface ParserError extends Error {
  readonly code?: string;
}

/** Node's parser has refused the bytes: answer in our own words and hang up. */
export function answerClientError(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(answerTo(error.code));
}

function answerTo(code: string | undefined): string {
  switch (code ?? '') {
    case 'HPE_HEADER_OVERFLOW':
      return rawProblem(
        431,
        'Request Header Fields Too Large',
        'PAYLOAD_TOO_LARGE',
        'path and headers are too long',
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return rawProblem(413, 'Payload Too Large', 'PAYLOAD_TOO_LARGE', 'the chunk extensions are too long');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return rawProblem(408, 'Request Timeout', 'INVALID_ARGUMENT', 'the request did not come in time');
    default:
      return rawProblem(400, 'Bad Request', 'INVALID_ARGUMENT', 'this is not HTTP');
  }
}

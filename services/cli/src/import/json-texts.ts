import type { Note } from './draft.ts';

/** The text of one JSON value, and the line where it begins. */
export interface JsonText {
  readonly kind: 'json';
  readonly text: string;
  readonly line: number;
}

const maxRecordCharacters = 1024 * 1024;

/** One JSON value a line; empty lines are passed over. */
export async function* ndjsonTexts(chunks: AsyncIterable<string>): AsyncGenerator<JsonText | Note> {
  let rest = '';
  let line = 0;
  for await (const chunk of withNewlineAtEnd(chunks)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line += 1;
      const json = line === 1 ? withoutByteOrderMark(text) : text;
      if (json.trim() !== '') yield { kind: 'json', text: json, line };
    }
    if (rest.length > maxRecordCharacters) {
      yield tooLarge(line + 1);
      return;
    }
  }
}

async function* withNewlineAtEnd(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  yield* chunks;
  yield '\n';
}

/**
 * The elements of one JSON array, without holding it whole. This only finds where an element ends; whether it is valid
 * is for JSON.parse to say, so that a broken element spoils nothing after it.
 */
export async function* jsonArrayTexts(chunks: AsyncIterable<string>): AsyncGenerator<JsonText | Note> {
  const splitter = new ArraySplitter();
  for await (const chunk of chunks) {
    yield* splitter.push(chunk);
    if (splitter.heldCharacters > maxRecordCharacters) {
      yield tooLarge(splitter.elementLine);
      return;
    }
  }
  if (splitter.isOpen) {
    yield {
      kind: 'error',
      line: splitter.line,
      message: 'the array is never closed: the file ends too early',
    };
  }
}

class ArraySplitter {
  line = 1;
  elementLine = 1;
  #depth = 0;
  #element = '';
  #inString = false;
  #escaped = false;

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  get heldCharacters(): number {
    return this.#element.length;
  }

  *push(chunk: string): Generator<JsonText> {
    for (const character of chunk) {
      if (character === '\n') this.line += 1;
      if (this.#depth === 1 && !this.#inString && (character === ',' || character === ']')) {
        if (this.#element !== '') yield { kind: 'json', text: this.#element, line: this.elementLine };
        this.#element = '';
      } else if (this.#depth > 0) {
        this.#hold(character);
      }
      this.#track(character);
    }
  }

  #hold(character: string): void {
    if (this.#element === '') {
      if (character.trim() === '') return;
      this.elementLine = this.line;
    }
    this.#element += character;
  }

  #track(character: string): void {
    if (this.#inString) {
      this.#inString = this.#escaped || character !== '"';
      this.#escaped = !this.#escaped && character === '\\';
    } else if (character === '"') this.#inString = true;
    else if (character === '[' || character === '{') this.#depth += 1;
    else if (character === ']' || character === '}') this.#depth -= 1;
  }
}

const withoutByteOrderMark = (text: string) => text.replace(/^\uFEFF/, '');

const tooLarge = (line: number): Note => ({
  kind: 'error',
  line,
  message: 'the record is larger than 1 MiB; nothing after this was read',
});

/**
 * The trace: one fixed-width row per event in a preallocated ring, formatted only when somebody
 * reads it. Rows hold virtual time and numbers, never wall time, so two runs with one seed give
 * the same text, and `diff` is the first debugger.
 */
import type { Clock } from './clock.ts';

/** How a value of a row is printed. `text` values are numbers that `Trace.text` gave out. */
export type TraceFormat = 'dec' | 'hex' | 'text' | 'status';

export interface TraceKind {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly format: TraceFormat }[];
}

const kinds: TraceKind[] = [];
const MAX_FIELDS = 4;
const ROW_VALUES = 2 + MAX_FIELDS;

/** Declares a kind of row, once per program: `traceKind('isr', 'vector:dec', 'claimed:dec')`. */
export function traceKind(name: string, ...fields: string[]): TraceKind {
  if (fields.length > MAX_FIELDS) throw new Error(`trace kind ${name} has too many fields`);
  const parsed = fields.map((field) => {
    const [fieldName = field, format = 'dec'] = field.split(':');
    return { name: fieldName, format: format as TraceFormat };
  });
  const kind: TraceKind = { id: kinds.length, name, fields: parsed };
  kinds.push(kind);
  return kind;
}

export interface TraceOptions {
  /** Rows that the ring holds; older ones are overwritten unless a sink takes them. */
  readonly rows?: number;
  /** Gets every row as text, a ring's worth at a time and the rest at `flush`. */
  readonly sink?: (lines: string) => void;
}

export class Trace {
  readonly #clock: Clock;
  readonly #rows: Float64Array;
  readonly #capacity: number;
  readonly #sink: ((lines: string) => void) | undefined;
  readonly #texts: string[] = [];
  readonly #textIds = new Map<string, number>();
  #written = 0;
  /** Place of the next row; a remainder of `#written` would cost more than the row. */
  #nextRow = 0;
  #flushed = 0;

  constructor(clock: Clock, options: TraceOptions = {}) {
    this.#clock = clock;
    this.#capacity = options.rows ?? 1024;
    this.#rows = new Float64Array(this.#capacity * ROW_VALUES);
    this.#sink = options.sink;
  }

  /** Rows written since the start, of which the ring holds the newest. */
  get written(): number {
    return this.#written;
  }

  /** A number that stands for `text` in rows of this trace. */
  text(text: string): number {
    const known = this.#textIds.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.length;
    this.#texts.push(text);
    this.#textIds.set(text, id);
    return id;
  }

  write(kind: TraceKind, a = 0, b = 0, c = 0, d = 0): void {
    const row = this.#nextRow;
    const rows = this.#rows;
    this.#nextRow = row + ROW_VALUES === rows.length ? 0 : row + ROW_VALUES;
    rows[row] = this.#clock.now;
    rows[row + 1] = kind.id;
    rows[row + 2] = a;
    rows[row + 3] = b;
    rows[row + 4] = c;
    rows[row + 5] = d;
    this.#written++;
    if (this.#sink !== undefined && this.#written - this.#flushed === this.#capacity) this.flush();
  }

  /** Hands the rows not yet handed over to the sink. */
  flush(): void {
    if (this.#sink === undefined || this.#flushed === this.#written) return;
    let lines = '';
    for (let index = this.#flushed; index < this.#written; index++)
      lines += `${this.#line(index)}\n`;
    this.#flushed = this.#written;
    this.#sink(lines);
  }

  /** The newest `count` rows as text, oldest first. */
  tail(count = this.#capacity): string[] {
    const first = Math.max(0, this.#written - Math.min(count, this.#capacity));
    const lines: string[] = [];
    for (let index = first; index < this.#written; index++) lines.push(this.#line(index));
    return lines;
  }

  #line(index: number): string {
    const row = (index % this.#capacity) * ROW_VALUES;
    const rows = this.#rows;
    const kind = kinds[rows[row + 1] as number] as TraceKind;
    let line = `${formatTime(rows[row] as number)} ${kind.name}`;
    kind.fields.forEach((field, place) => {
      line += ` ${field.name}=${this.#value(rows[row + 2 + place] as number, field.format)}`;
    });
    return line;
  }

  #value(value: number, format: TraceFormat): string {
    switch (format) {
      case 'dec':
        return String(value);
      case 'hex':
        return `0x${value.toString(16)}`;
      case 'status':
        return `0x${value.toString(16).padStart(8, '0')}`;
      case 'text':
        return this.#texts[value] ?? '?';
    }
  }
}

/** `seconds.nanoseconds`, at a fixed width for the first three hours. */
function formatTime(time: number): string {
  const whole = Math.floor(time / 1e9);
  return `${String(whole).padStart(4, '0')}.${String(time - whole * 1e9).padStart(9, '0')}`;
}

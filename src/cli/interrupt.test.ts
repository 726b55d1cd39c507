import { describe, expect, it } from 'vitest';
import { InterruptWatch } from './interrupt.ts';
import { Interrupted } from './outcome.ts';

/** Runs `work` under a watch. */
function watched<T>(work: () => T): T {
  const watch = new InterruptWatch();
  try {
    return watch.run(work);
  } finally {
    watch.close();
  }
}

describe('work under a watch', () => {
  it('hands on what it returns and what it throws', () => {
    expect(watched(() => 7)).toBe(7);
    expect(() => watched(() => JSON.parse('{'))).toThrow(SyntaxError);
  });

  it('is interrupted when Ctrl-C ends a system call that it waits in', () => {
    const readAnswer = (): never => {
      throw Object.assign(new Error('interrupted system call, read'), { code: 'EINTR' });
    };
    expect(() => watched(readAnswer)).toThrow(Interrupted);
  });
});

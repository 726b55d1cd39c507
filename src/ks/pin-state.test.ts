import { describe, expect, it } from 'vitest';
import { KSSTATE, ksStateName } from '../standards/ks/requests.ts';
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { PinState } from './pin-state.ts';

const STATES = [KSSTATE.STOP, KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN];

function start(refused: KSSTATE | null = null): { state: PinState; steps: string[] } {
  const steps: string[] = [];
  const state = new PinState((to) => {
    steps.push(ksStateName(to));
    return to === refused ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
  });
  return { state, steps };
}

describe('the state of a pin', () => {
  it('walks between any two states one neighbour at a time', () => {
    for (const from of STATES) {
      for (const to of STATES) {
        const { state, steps } = start();
        state.walkTo(from);
        steps.length = 0;
        expect(state.walkTo(to)).toBe(STATUS_SUCCESS);
        const between =
          from < to ? STATES.slice(from + 1, to + 1) : STATES.slice(to, from).reverse();
        expect(steps).toEqual(between.map(ksStateName));
        expect(state.current).toBe(to);
      }
    }
  });

  it('stops where a step fails, with that status, and can go on from there', () => {
    const { state, steps } = start(KSSTATE.RUN);
    expect(state.walkTo(KSSTATE.RUN)).toBe(STATUS_INVALID_DEVICE_STATE);
    expect(state.current).toBe(KSSTATE.PAUSE);
    expect(state.walkTo(KSSTATE.STOP)).toBe(STATUS_SUCCESS);
    expect(steps).toEqual(['ACQUIRE', 'PAUSE', 'RUN', 'ACQUIRE', 'STOP']);
  });

  it('refuses a state that there is none of', () => {
    const { state, steps } = start();
    for (const target of [-1, 4, 0xffff_ffff]) {
      expect(state.walkTo(target)).toBe(STATUS_INVALID_PARAMETER);
    }
    expect(steps).toEqual([]);
  });
});

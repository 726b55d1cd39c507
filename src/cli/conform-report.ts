/**
 * What a conformance run found, as a table for a person and as an object for a program. Rows stand
 * by what they ran on; where a whole kind of stream is not offered, one line says so.
 */
import type { CaseResult } from '../conformance/conformance-run.ts';
import type { Verdict } from '../conformance/verdict.ts';
import { counted } from './quantities.ts';

export interface ConformFacts {
  readonly device: string;
  readonly driver: string;
  readonly seed: number;
  readonly results: readonly CaseResult[];
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

export function countVerdicts(results: readonly CaseResult[]): VerdictCounts {
  const counts = { pass: 0, fail: 0, warning: 0, 'not applicable': 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** No case failed; and one was run, for a driver without a stream shows nothing. */
export const conforms = (results: readonly CaseResult[]): boolean =>
  results.length > 0 && countVerdicts(results).fail === 0;

/** `conforms`, or how many cases failed and which. */
export function conformVerdict(results: readonly CaseResult[]): string {
  if (results.length === 0) return 'no stream leads to an endpoint: nothing was tested';
  const failed = results.filter(({ verdict }) => verdict === 'fail');
  if (failed.length === 0) return 'conforms';
  const ids = [...new Set(failed.map(({ id }) => id))].join(', ');
  return `${failed.length} of ${counted(results.length, 'case')} failed: ${ids}`;
}

export function conformJson({ device, driver, results, seed }: ConformFacts): object {
  return {
    verdict: conformVerdict(results),
    device,
    driver,
    seed,
    counts: countVerdicts(results),
    results,
  };
}

export function conformText({ device, driver, results }: ConformFacts): string {
  const lines = [`${device}, driver ${driver}`];
  for (const [subject, rows] of bySubject(results)) lines.push('', ...subjectLines(subject, rows));
  const counts = countVerdicts(results);
  const summary = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  const verdict = conformVerdict(results);
  lines.push('', summary.join(', '), conforms(results) ? verdict : `FAULT: ${verdict}`);
  return lines.join('\n');
}

/** Results by what they ran on, in the order in which that first came. */
export function bySubject(results: readonly CaseResult[]): Map<string, CaseResult[]> {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const group = groups.get(result.subject);
    if (group === undefined) groups.set(result.subject, [result]);
    else group.push(result);
  }
  return groups;
}

function subjectLines(subject: string, results: readonly CaseResult[]): string[] {
  const [first] = results;
  const isAbsent = results.every(({ reason, verdict }) => {
    return verdict === 'not applicable' && reason === first?.reason;
  });
  if (isAbsent && first !== undefined) {
    return [`${subject}: not applicable (${counted(results.length, 'case')}): ${first.reason}`];
  }
  const titleWidth = Math.max(...results.map(({ title }) => title.length));
  return [subject, ...results.flatMap((result) => caseLines(result, titleWidth))];
}

const VERDICT_WIDTH = 'warning'.length;
const shortVerdict = (verdict: Verdict): string => (verdict === 'not applicable' ? '-' : verdict);

function caseLines(result: CaseResult, titleWidth: number): string[] {
  const { id, limit, measured, reason, source, title, verdict } = result;
  const start = `  ${id}  ${shortVerdict(verdict).padEnd(VERDICT_WIDTH)}  ${title.padEnd(titleWidth)}`;
  if (verdict === 'not applicable') return [`${start}  ${reason}`];
  const line = `${start}  ${measured}  [${limit}]`;
  if (verdict === 'pass') return [line];
  return [line, `      ${reason}`, `      looked at: ${result.checks}; limit: ${source}`];
}

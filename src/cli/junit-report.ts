/**
 * A conformance run as JUnit XML, which build servers read: a suite for each kind of stream, a test
 * case for each case. What is not applicable is skipped, and a warning passes and says so. The
 * format has no standard; this is the part that every reader knows.
 */
import type { CaseResult } from '../conformance/conformance-run.ts';
import { bySubject, type ConformFacts, countVerdicts } from './conform-report.ts';

export function junitXml({ device, driver, results }: ConformFacts): string {
  const name = `${driver} on ${device}`;
  const suites = [...bySubject(results)].map(([subject, cases]) => suiteXml(subject, cases));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...countsOf(results) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function countsOf(results: readonly CaseResult[]): Record<string, string> {
  const counts = countVerdicts(results);
  return {
    tests: String(results.length),
    failures: String(counts.fail),
    errors: '0',
    skipped: String(counts['not applicable']),
  };
}

function suiteXml(subject: string, results: readonly CaseResult[]): string {
  return [
    `  <testsuite ${attributes({ name: subject, ...countsOf(results) })}>`,
    ...results.map(caseXml),
    '  </testsuite>',
  ].join('\n');
}

function caseXml(result: CaseResult): string {
  const { id, measured, reason, subject, title, verdict } = result;
  const lines = [`    <testcase ${attributes({ classname: subject, name: `${id} ${title}` })}>`];
  if (verdict === 'not applicable')
    lines.push(`      <skipped ${attributes({ message: reason })}/>`);
  if (verdict === 'fail') {
    const message = measured === '' ? reason : `${reason} (${measured})`;
    lines.push(`      <failure ${attributes({ message })}>${escapeXml(details(result))}</failure>`);
  } else if (verdict !== 'not applicable') {
    const warned = verdict === 'warning' ? `warning: ${reason}\n` : '';
    lines.push(`      <system-out>${escapeXml(warned + details(result))}</system-out>`);
  }
  lines.push('    </testcase>');
  return lines.join('\n');
}

const details = ({ checks, limit, measured, source }: CaseResult): string =>
  `measured: ${measured}\nlimit: ${limit}\nsource: ${source}\nchecks: ${checks}`;

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(value)}"`)
    .join(' ');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text of XML 1.0. Characters that it cannot hold at all, which a driver's name may, become `?`. */
export function escapeXml(text: string): string {
  let escaped = '';
  for (const character of text) {
    escaped += isXmlCharacter(character) ? (ENTITIES[character] ?? character) : '?';
  }
  return escaped;
}

const SPACE = 0x20;
const [FIRST_SURROGATE, LAST_SURROGATE] = [0xd800, 0xdfff];

function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < SPACE) return character === '\t' || character === '\n' || character === '\r';
  const isHalf = code >= FIRST_SURROGATE && code <= LAST_SURROGATE;
  return !isHalf && code !== 0xfffe && code !== 0xffff;
}

import { clientNameFault } from './client-name.js';

describe('The name of a client', () => {
  it.each([
    'x',
    'Nightly job',
    'job-1_2.3',
    'Bücher',
    '夜間ジョブ',
    'x'.repeat(64),
    '😀'.repeat(64),
  ])('may be %s', (name) => expect(clientNameFault(name)).toBeUndefined());

  it.each([
    ...[
      '',
      ' ',
      ' x',
      'x ',
      'two  spaces',
      'line\nfeed',
      'x\u0000',
      '\u200b',
      'x\u202ex',
      '\ud800',
    ],
    ...['x'.repeat(65), 'gtc_x'],
  ])('may not be %j', (name) => expect(clientNameFault(name)).toMatch(/^must /));
});

import { expect, test } from 'vitest';
import { joinSubjects } from './subjects.ts';

test.each([
  { present: ['a'], wanted: ['b'], joined: ['a', 'b'] },
  { present: ['b', 'a'], wanted: ['a', 'b'], joined: ['b', 'a'] },
  { present: ['a.x', 'c', 'a.y'], wanted: ['a.*'], joined: ['c', 'a.*'] },
  { present: ['a.*'], wanted: ['a.x'], joined: ['a.*'] },
  { present: ['a.*'], wanted: ['a.x.y'], joined: ['a.*', 'a.x.y'] },
  { present: ['a.*'], wanted: ['a'], joined: ['a.*', 'a'] },
  { present: ['a.>'], wanted: ['a.*', 'a.*.y'], joined: ['a.>'] },
  { present: ['a.*'], wanted: ['a.>'], joined: ['a.>'] },
  { present: ['a.>'], wanted: ['a'], joined: ['a.>', 'a'] },
])('$present and $wanted are $joined', ({ present, wanted, joined }) => {
  expect(joinSubjects(present, wanted)).toEqual(joined);
});

import { expect, test } from 'vitest';
import { checkVisible } from './place.ts';

test('what a node needs may not be where it has folders of its own', () => {
  expect(() => {
    checkVisible(['/home/ada/tradewind', '/var/lib/jenkins/.cache/tradewind']);
  }).toThrow('/var/lib/jenkins/.cache/tradewind cannot be seen in a node');
  expect(() => {
    checkVisible(['/home/ada/tradewind', '/var/library']);
  }).not.toThrow();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArn, placeholderIn, placeholderInAddress, redacted } from './arn.ts';

describe('ARNs', () => {
  it('are taken apart, with and without region and account', () => {
    expect(parseArn('arn:aws:ec2:eu-west-1:210987654321:subnet/subnet-1')).toEqual({
      partition: 'aws',
      service: 'ec2',
      region: 'eu-west-1',
      account: '210987654321',
      resource: 'subnet/subnet-1',
    });
    expect(parseArn('arn:aws:s3:::bucket')).toMatchObject({ region: '', account: '', resource: 'bucket' });
  });

  it.each(['', 'subnet-1', 'arn:aws:ec2', 'arn:aws:ec2:eu-west-1:12:subnet/x', 'arn:other:s3:::b'])(
    'are not found in "%s"',
    (text) => {
      expect(parseArn(text)).toBeNull();
    },
  );
});

describe('placeholders', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/fis', '111122223333'],
    ['arn:aws:cloudwatch:...:alarm:stop', '...'],
    ['<fill-in>', '<fill-in>'],
    ['fill-in', 'fill-in'],
    ['pl-XXXX', 'XXXX'],
    ['change me', 'change me'],
  ])('%s holds %s', (text, found) => {
    expect(placeholderIn(text)).toBe(found);
  });

  it('are not found in a real ARN', () => {
    expect(placeholderIn('arn:aws:iam::210987654321:role/antipode-fis')).toBeNull();
  });
});

describe('placeholders of an address, a host or a path', () => {
  it.each([
    ['https://<host>/v1', '<host>'],
    ['<host-eu-west-1>', '<host-eu-west-1>'],
    ['https://eu.shop.test/<base>', '<base>'],
    ['/<base>/products', '<base>'],
    ['https://change-me.shop.test', 'change-me'],
    ['https://FILL_IN/v1', 'FILL_IN'],
    ['xxxx.eu-west-1.elb.amazonaws.com', 'xxxx'],
  ])('%s holds %s', (address, found) => {
    expect(placeholderInAddress(address)).toBe(found);
  });

  it.each([
    'https://eu.api.example.com/v1',
    'https://todo.shop.test/fill-in-forms',
    '/products/{key}?page={key}',
    '/change-me',
    'localhost',
  ])('are not found in %s', (address) => {
    expect(placeholderInAddress(address)).toBeNull();
  });
});

describe('redacted text', () => {
  it('has no account ids and no access keys', () => {
    const text =
      'User: arn:aws:iam::210987654321:user/a (AKIAIOSFODNN7ABCDEFG) of account 210987654321 at 1763942400000';
    expect(redacted(text)).toBe(
      'User: arn:aws:iam::************:user/a (AKIA************) of account ************ at 1763942400000',
    );
  });

  const account = fc.stringMatching(/^\d{12}$/);
  const key = fc.stringMatching(/^(AKIA|ASIA)[A-Z0-9]{16}$/);
  /** Text around ids: anything but digits next to them, which would make a longer number. */
  const between = fc
    .oneof(
      fc.constantFrom(':', '::', '/', '"', ' ', '-', '_', '%3A', 'x', '=', '\n', 'é', 'arn:aws:iam::', 'key_'),
      fc.string({ maxLength: 6 }),
    )
    .map((text) => text.replaceAll(/\d/g, 'd'));
  const hidden = (text: string): string => text.replaceAll(/[^*]/g, '');

  it('has none of them in any position', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(between, account)), between, (parts, end) => {
        // Two adjacent ids would be one longer number.
        const text = `${parts.map(([before, id]) => `${before};${id}`).join('')}${end}`;
        const shown = redacted(text);
        expect(shown).not.toMatch(/\d{12}/);
        expect(shown).toHaveLength(text.length);
        expect(redacted(shown)).toBe(shown);
        expect(hidden(shown).length - hidden(text).length).toBe(12 * parts.length);
      }),
    );
    fc.assert(
      fc.property(between, key, between, (before, id, after) => {
        expect(redacted(`${before.replaceAll(/[A-Z]/g, 'u')}${id}${after}`)).not.toContain(id);
      }),
    );
  });

  it('keeps every other number and word', () => {
    const other = fc.oneof(
      fc.stringMatching(/^\d{1,11}$/),
      fc.stringMatching(/^\d{13,16}$/),
      fc.stringMatching(/^[a-z:/ -]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.array(other), (words) => {
        const text = words.join(';');
        expect(redacted(text)).toBe(text);
      }),
    );
  });
});

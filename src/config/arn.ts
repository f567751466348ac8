/** ARNs: parse them, find placeholders in them, redact their account ids. */

export interface Arn {
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  partition: string;
  service: string;
  /** Empty for IAM, S3 and resources that AWS owns. */
  region: string;
  account: string;
  resource: string;
}

/** The parts of an ARN; null if the text is not one. */
export function parseArn(text: string): Arn | null {
  const found = /^arn:(aws|aws-us-gov|aws-cn):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws)?:(\S+)$/.exec(text);
  if (!found) return null;
  const [, partition, service, region, account, resource] = found;
  return {
    partition: partition!,
    service: service!,
    region: region!,
    account: account ?? '',
    resource: resource!,
  };
}

/** Account ids that AWS's documentation uses as examples. */
const EXAMPLE_ACCOUNTS = ['111122223333', '123456789012', '444455556666', '777788889999', '555555555555'];

/**
 * The first placeholder in a value, such as `<fill-in>` or the account 111122223333; null if there is none.
 */
export function placeholderIn(text: string): string | null {
  const found =
    /<[^<>]*>|\.\.\.|…|\bfill[-_ ]?in\b|\bchange[-_ ]?me\b|\bexample\.com\b|\bX{4,}\b|\bTODO\b/i.exec(text)?.[0] ??
    EXAMPLE_ACCOUNTS.find((account) => new RegExp(`(?<!\\d)${account}(?!\\d)`).test(text));
  return found ?? null;
}

/**
 * The first placeholder in a URL, a host or a path; null if there is none. example.com does not count here: tests and
 * documents use it, and nothing is sent without `acknowledged: true`.
 */
export function placeholderInAddress(text: string): string | null {
  const host = /^(?:[a-z]+:\/\/)?([^/]*)/i.exec(text)?.[1] ?? '';
  const found = /<[^<>]*>/.exec(text) ?? /\b(?:fill[-_]?in|change[-_]?me|x{4,})\b/i.exec(host);
  return found?.[0] ?? null;
}

/** The text with account ids and access key ids masked, for messages, reports and logs. */
export const redacted = (text: string): string =>
  text
    .replaceAll(/(?<!\d)\d{12}(?!\d)/g, '************')
    .replaceAll(/(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{12,}/g, '$1************');

/** Why a call to FIS failed, and the IAM statement or step that fixes it. Messages contain no account ids. */
import { AntipodeError, type ErrorParts, EXIT } from '../../../../src/errors.ts';
import { redacted } from '../../../../src/config/arn.ts';

/**
 * `aborted`: by our own signal. `timeout`: no response in time; it may have been carried out. `malformed`: not a
 * response of FIS. `server`: FIS failed. `absent`: not found. `lever`: the safety lever. `token`: a client token was
 * reused.
 */
export type FisFailure =
  | 'throttled'
  | 'credentials'
  | 'region'
  | 'permission'
  | 'token'
  | 'quota'
  | 'absent'
  | 'invalid'
  | 'lever'
  | 'timeout'
  | 'unreachable'
  | 'malformed'
  | 'unsafe'
  | 'server'
  | 'aborted';

export interface FisCall {
  operation: string;
  region: string;
  endpoint: string | null;
  /** Show account ids. */
  showAccounts: boolean;
}

/** A call to FIS that failed; exit 4 unless a caller handles it. */
export class FisCallError extends AntipodeError {
  readonly failure: FisFailure;
  /** HTTP status of the response, or null. */
  readonly status: number | null;

  constructor(call: FisCall, failure: FisFailure, status: number | null, parts: ErrorParts) {
    const clean = (text: string | undefined): string | undefined =>
      text === undefined || call.showAccounts ? text : redacted(text);
    const { got, expected, next } = parts;
    super(EXIT.invalid, {
      where: `FIS in ${call.region}`,
      what: clean(parts.what)!,
      ...(got === undefined ? {} : { got: clean(got)! }),
      ...(expected === undefined ? {} : { expected: clean(expected)! }),
      ...(next === undefined ? {} : { next: clean(next)! }),
      cause: parts.cause,
    });
    this.name = 'FisCallError';
    this.failure = failure;
    this.status = status;
  }
}

export const isFisFailure = (error: unknown, ...failures: FisFailure[]): error is FisCallError =>
  error instanceof FisCallError && failures.includes(error.failure);

/** Errors of the SDK: service exceptions, its own, and those of Node's sockets. */
interface SdkError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

const LOG_IN = 'Log in again (`aws sso login`), or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.';

/** The error of the SDK as a FisCallError. */
export function fisErrorOf(error: unknown, call: FisCall): FisCallError {
  if (error instanceof FisCallError) return error;
  const thrown = (error instanceof Error ? error : new Error(String(error))) as SdkError;
  const status = thrown.$metadata?.httpStatusCode ?? null;
  const { failure, ...parts } = meaningOf(thrown, status, call);
  // Without `cause`, whose text may contain account ids.
  return new FisCallError(call, failure, status, parts);
}

function meaningOf(error: SdkError, status: number | null, call: FisCall): ErrorParts & { failure: FisFailure } {
  const { operation, region, endpoint } = call;
  const got = `${error.name}: ${firstLine(error.message)}`;
  const attempts = error.$metadata?.attempts ?? 1;
  switch (error.name) {
    case 'ThrottlingException':
    case 'Throttling':
    case 'TooManyRequestsException':
    case 'RequestLimitExceeded':
      return {
        failure: 'throttled',
        what: `${operation} was throttled ${attempts === 1 ? 'once' : `${attempts} times`}`,
        got,
        next: 'Wait a minute and try again; reduce other calls to FIS in this account.',
      };
    case 'ExpiredTokenException':
    case 'ExpiredToken':
    case 'RequestExpired':
      return { failure: 'credentials', what: 'the AWS credentials have expired', got, next: LOG_IN };
    case 'CredentialsProviderError':
      return { failure: 'credentials', what: 'there are no AWS credentials', got, next: LOG_IN };
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'RequestTimeTooSkewed':
      return {
        failure: 'credentials',
        what: 'AWS does not accept the signature',
        got,
        next: "Check the secret access key, and this machine's clock.",
      };
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'OptInRequired':
    case 'MissingAuthenticationTokenException':
      return {
        failure: 'region',
        what: `${region} is not enabled for this account, or does not know these credentials`,
        got,
        next: `Try \`aws sts get-caller-identity --region ${region}\`; \`aws account enable-region --region-name ${region}\` enables it.`,
      };
    case 'AccessDeniedException':
    case 'AccessDenied':
    case 'UnauthorizedOperation':
      return { failure: 'permission', what: `${operation} is not allowed`, got, next: statementFor(error, operation) };
    case 'ConflictException':
      return {
        failure: 'token',
        what: `the client token of ${operation} was already used for another request`,
        got,
        next: 'Start a new run: it uses new tokens.',
      };
    case 'ServiceQuotaExceededException':
      return {
        failure: 'quota',
        what: `${operation} would exceed a quota of the account`,
        got,
        next: `End running experiments (\`aws fis list-experiments --region ${region}\`), or request an increase from Service Quotas.`,
      };
    case 'ResourceNotFoundException':
      return { failure: 'absent', what: `${operation} did not find its resource`, got };
    case 'ValidationException':
      return {
        failure: 'invalid',
        what: `FIS rejected ${operation}`,
        got,
        next: 'Correct `fis:` of the target; `plan --driver fis` shows what is sent.',
      };
    case 'MalformedReply':
      return {
        failure: 'malformed',
        what: `the response to ${operation} is not from FIS`,
        got: firstLine(error.message),
        expected: 'a response of the FIS API',
        next: endpoint === null ? 'Check for a proxy between here and AWS.' : `Check the endpoint ${endpoint}.`,
      };
    default:
      return otherwise(error, status, call, got);
  }
}

function otherwise(
  error: SdkError,
  status: number | null,
  { operation, region, endpoint }: FisCall,
  got: string,
): ErrorParts & { failure: FisFailure } {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return {
      failure: 'region',
      what: 'there is no FIS at this address',
      got: error.message,
      next: endpoint === null ? `Check that ${region} is a region of AWS, and that DNS works.` : 'Check the endpoint.',
    };
  }
  if (status === 403) {
    return { failure: 'permission', what: `${operation} is not allowed`, got, next: statementFor(error, operation) };
  }
  if (status !== null && status >= 500) {
    return {
      failure: 'server',
      what: `FIS failed to handle ${operation} (status ${status})`,
      got,
      next: 'Try again; https://health.aws.amazon.com shows incidents of AWS.',
    };
  }
  if (status !== null) return { failure: 'invalid', what: `FIS rejected ${operation} (status ${status})`, got };
  return {
    failure: 'unreachable',
    what: `FIS is unreachable for ${operation}`,
    got: error.code === undefined ? got : `${error.code}: ${error.message}`,
    next: endpoint === null ? 'Check the network path to AWS.' : `Check the endpoint ${endpoint}.`,
  };
}

/** "User: … is not authorized to perform: fis:StartExperiment on resource: arn:…" names the missing permission. */
function statementFor({ message }: Error, operation: string): string {
  const action = /perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1] ?? `fis:${operation}`;
  const resource = /resource:? "?(arn:[^\s"]+|\*)/.exec(message)?.[1] ?? '*';
  const condition =
    action === 'iam:PassRole' ? { Condition: { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } } } : {};
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource, ...condition });
  return `Add ${statement} to the policy of the user that runs Antipode; \`plan --driver fis\` prints all of it.`;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 400);

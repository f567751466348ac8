/** Why a call to FIS failed, and the statement or step that mends it. Account ids stay out of every message. */
import { AntipodeError, type ErrorParts, EXIT } from '../../../../src/errors.ts';
import { redacted } from '../../../../src/config/arn.ts';

/**
 * `called-off`: our own signal. `timeout`: no answer in time, and it may have been done. `malformed`: an answer that is
 * none of FIS's. `server`: FIS broke. The others say what they are.
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
  | 'called-off';

export interface FisCall {
  operation: string;
  region: string;
  endpoint: string | null;
  /** For people who asked to see them: account ids as they are. */
  showAccounts: boolean;
}

/** A call to FIS that failed; exit 4 where nobody makes something better of it. */
export class FisCallError extends AntipodeError {
  readonly failure: FisFailure;
  /** HTTP status of an answer, else null. */
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

/** What the SDK throws: service exceptions, its own, and those of Node's sockets. */
interface SdkError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

const LOG_IN = 'Log in again (`aws sso login`), or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.';

/** The error of a call in our words. */
export function fisErrorOf(error: unknown, call: FisCall): FisCallError {
  if (error instanceof FisCallError) return error;
  const thrown = (error instanceof Error ? error : new Error(String(error))) as SdkError;
  const status = thrown.$metadata?.httpStatusCode ?? null;
  const { failure, ...parts } = meaningOf(thrown, status, call);
  // Its own text would bring account ids back through the chain of causes.
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
        next: 'Wait a minute and try again, and let fewer tools ask FIS in this account.',
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
        what: `${operation} met its own client token, used for something else before`,
        got,
        next: 'Start a new run: it has tokens of its own.',
      };
    case 'ServiceQuotaExceededException':
      return {
        failure: 'quota',
        what: `${operation} would go beyond a quota of the account`,
        got,
        next: `End what runs (\`aws fis list-experiments --region ${region}\`), or ask Service Quotas for more.`,
      };
    case 'ResourceNotFoundException':
      return { failure: 'absent', what: `${operation} did not find what it is about`, got };
    case 'ValidationException':
      return {
        failure: 'invalid',
        what: `FIS refused ${operation}`,
        got,
        next: 'Correct `fis:` of the target; `plan --driver fis` shows what is sent.',
      };
    case 'MalformedReply':
      return {
        failure: 'malformed',
        what: `what answered ${operation} is not FIS`,
        got: firstLine(error.message),
        expected: 'a reply of the FIS API',
        next: endpoint === null ? 'Look for a proxy on the way.' : `Check the endpoint ${endpoint}.`,
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
      what: `there is no FIS at this address`,
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
      what: `FIS broke over ${operation} (status ${status})`,
      got,
      next: 'Try again; https://health.aws.amazon.com says whether AWS has trouble.',
    };
  }
  if (status !== null) return { failure: 'invalid', what: `FIS refused ${operation} (status ${status})`, got };
  return {
    failure: 'unreachable',
    what: `FIS could not be asked for ${operation}`,
    got: error.code === undefined ? got : `${error.code}: ${error.message}`,
    next: endpoint === null ? 'Check the way to AWS.' : `Check the endpoint ${endpoint}.`,
  };
}

/** "User: … is not authorized to perform: fis:StartExperiment on resource: arn:…" names what is lacking. */
function statementFor({ message }: Error, operation: string): string {
  const action = /perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1] ?? `fis:${operation}`;
  const resource = /resource:? "?(arn:[^\s"]+|\*)/.exec(message)?.[1] ?? '*';
  const condition =
    action === 'iam:PassRole' ? { Condition: { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } } } : {};
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource, ...condition });
  return `Add ${statement} to the policy of whoever runs Antipode; \`plan --driver fis\` prints all of it.`;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 400);

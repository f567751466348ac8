/** For tests: a complete `fis:` block with a made-up account. */
import type { z } from 'zod';
import { type fisSchema } from '../../src/config/fis-target.ts';

const ACCOUNT = '210987654321';

export const sampleBlock = (): z.input<typeof fisSchema> => ({
  roleArn: `arn:aws:iam::${ACCOUNT}:role/antipode-fis`,
  owner: 'team-shop',
  report: {
    bucket: 'shop-chaos',
    dashboards: [`arn:aws:cloudwatch::${ACCOUNT}:dashboard/shop`],
  },
  regions: Object.fromEntries(
    ['us-east-1', 'eu-west-1', 'ap-southeast-1'].map((id) => [
      id,
      {
        stopAlarms: [`arn:aws:cloudwatch:${id}:${ACCOUNT}:alarm:shop-stop`],
        logs: { group: `arn:aws:logs:${id}:${ACCOUNT}:log-group:antipode:*` },
        subnets: { arns: [`arn:aws:ec2:${id}:${ACCOUNT}:subnet/subnet-0a1b2c`] },
        crossRegion: {
          subnets: { tags: { CrossRegion: 'yes' } },
          transitGateways: { tags: { CrossRegion: 'yes' } },
          vpcEndpoints: { tags: { CrossRegion: 'yes' }, percent: 50 },
        },
        compute: { instances: { tags: { App: 'shop' } } },
        redis: { hosts: ['cache.shop.internal'] },
        replication: { store: 'rds-postgres' },
        alsoLost: {
          instances: { tags: { App: 'shop' }, percent: 50 },
          caches: { tags: { App: 'shop' } },
          zone: `${id}a`,
        },
      },
    ]),
  ),
});

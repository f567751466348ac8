# What Antipode needs in AWS to run experiments through FIS, for the target targets/aws-example: two roles, a policy, and in each
# region a stop alarm, a log group, tags on the resources that may be broken, and an SSM document. Roles are global. Everything
# else is created in each region, because FIS uses resources of its own region only. Never applied to a real account: docs/aws.md.
#
#   terraform init && terraform plan -var-file=shop.tfvars
#
# The actions, resources and conditions of the policies are those that `npm run plan -- --driver fis` prints for the target's
# experiments region-outage, redis-loss, inter-region-partition and replication-delay; test/aws-terraform.test.ts compares them.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags { tags = local.tags }
}

provider "aws" {
  alias  = "eu_west_1"
  region = "eu-west-1"
  default_tags { tags = local.tags }
}

provider "aws" {
  alias  = "ap_southeast_1"
  region = "ap-southeast-1"
  default_tags { tags = local.tags }
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}

locals {
  account   = data.aws_caller_identity.here.account_id
  partition = data.aws_partition.here.partition
  tags      = { Project = "antipode", Owner = var.owner }
}

module "us_east_1" {
  source  = "./region"
  present = var.us_east_1
}

module "eu_west_1" {
  source    = "./region"
  providers = { aws = aws.eu_west_1 }
  present   = var.eu_west_1
}

module "ap_southeast_1" {
  source    = "./region"
  providers = { aws = aws.ap_southeast_1 }
  present   = var.ap_southeast_1
}

# --- The role that FIS assumes ---------------------------------------------------------------------------------------------

resource "aws_iam_role" "experiments" {
  name                 = "antipode-fis"
  description          = "Assumed by AWS FIS in experiments of Antipode"
  assume_role_policy   = data.aws_iam_policy_document.experiments_trust.json
  max_session_duration = 43200 # the longest experiment that FIS allows
}

resource "aws_iam_role_policy" "experiments" {
  name   = "break-what-is-listed"
  role   = aws_iam_role.experiments.id
  policy = data.aws_iam_policy_document.experiments.json
}

data "aws_iam_policy_document" "experiments_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["fis.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:fis:*:${local.account}:experiment/*"]
    }
  }
}

data "aws_iam_policy_document" "experiments" {
  statement {
    sid = "LookAtNetworks"
    actions = [
      "ec2:DescribeManagedPrefixLists",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcEndpoints",
      "ec2:DescribeVpcPeeringConnections",
      "ec2:DescribeVpcs",
      "ec2:GetManagedPrefixListEntries",
    ]
    resources = ["*"]
  }

  # aws:network:disrupt-connectivity: FIS replaces the network ACLs of the subnets, and restores them.
  statement {
    sid       = "MakeNetworkAcls"
    actions   = ["ec2:CreateNetworkAcl"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:network-acl/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managedByFIS"
      values   = ["true"]
    }
  }
  statement {
    sid       = "MakeThemInVpcs"
    actions   = ["ec2:CreateNetworkAcl", "ec2:CreateRouteTable"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:vpc/*"]
  }
  statement {
    sid       = "TagNetworkAcls"
    actions   = ["ec2:CreateTags"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:network-acl/*"]
    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["CreateNetworkAcl"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managedByFIS"
      values   = ["true"]
    }
  }
  statement {
    sid       = "FillAndDeleteNetworkAcls"
    actions   = ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:network-acl/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/managedByFIS"
      values   = ["true"]
    }
  }
  statement {
    sid       = "UseNetworkAcls"
    actions   = ["ec2:ReplaceNetworkAclAssociation"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:network-acl/*"]
  }
  statement {
    sid = "InSubnets"
    actions = [
      "ec2:AssociateRouteTable",
      "ec2:CreateNetworkInterface",
      "ec2:DisassociateRouteTable",
      "ec2:ReplaceNetworkAclAssociation",
      "ec2:ReplaceRouteTableAssociation",
    ]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:subnet/*"]
  }

  # aws:network:route-table-disrupt-cross-region-connectivity: FIS creates route tables, prefix lists and network interfaces.
  statement {
    sid = "MakeRoutes"
    actions = [
      "ec2:CreateManagedPrefixList",
      "ec2:CreateNetworkInterface",
      "ec2:CreateRouteTable",
      "ec2:CreateTags",
    ]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managedByFIS"
      values   = ["true"]
    }
  }
  statement {
    sid       = "InterfacesInSecurityGroups"
    actions   = ["ec2:CreateNetworkInterface"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:security-group/*"]
  }
  statement {
    sid = "FillAndDeleteRoutes"
    actions = [
      "ec2:CreateRoute",
      "ec2:DeleteManagedPrefixList",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteRouteTable",
      "ec2:ModifyManagedPrefixList",
    ]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/managedByFIS"
      values   = ["true"]
    }
  }
  statement {
    sid = "UseRoutes"
    actions = [
      "ec2:AssociateRouteTable",
      "ec2:DisassociateRouteTable",
      "ec2:ModifyVpcEndpoint",
      "ec2:ReplaceRouteTableAssociation",
    ]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:route-table/*"]
  }
  statement {
    sid       = "RoutesOfGatewayEndpoints"
    actions   = ["ec2:ModifyVpcEndpoint"]
    resources = ["arn:${local.partition}:ec2:*:${local.account}:vpc-endpoint/*"]
  }

  # aws:ssm:start-automation-execution: the delayed replica of RDS.
  statement {
    sid = "RunTheDocument"
    actions = [
      "ssm:GetAutomationExecution",
      "ssm:StartAutomationExecution",
      "ssm:StopAutomationExecution",
    ]
    resources = ["arn:${local.partition}:ssm:*:${local.account}:*"]
  }
  statement {
    sid       = "PassTheDocumentsRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/antipode-automation-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ssm.amazonaws.com"]
    }
  }

  statement {
    sid = "Log"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:PutResourcePolicy",
    ]
    resources = ["*"]
  }
}

# --- The user that runs Antipode -------------------------------------------------------------------------------------------

resource "aws_iam_policy" "run" {
  name        = "antipode-run"
  description = "Creates, starts, monitors and stops FIS experiments of this owner"
  policy      = data.aws_iam_policy_document.run.json
}

resource "aws_iam_role_policy_attachment" "run" {
  count      = var.runner_role_name == null ? 0 : 1
  role       = var.runner_role_name
  policy_arn = aws_iam_policy.run.arn
}

data "aws_iam_policy_document" "run" {
  statement {
    sid     = "CreateTemplates"
    actions = ["fis:CreateExperimentTemplate"]
    resources = [
      "arn:${local.partition}:fis:*:${local.account}:experiment-template/*",
      "arn:${local.partition}:fis:*:${local.account}:action/aws:network:disrupt-connectivity",
      "arn:${local.partition}:fis:*:${local.account}:action/aws:network:route-table-disrupt-cross-region-connectivity",
      "arn:${local.partition}:fis:*:${local.account}:action/aws:ssm:start-automation-execution",
    ]
  }
  statement {
    sid     = "TagCreatedResources"
    actions = ["fis:TagResource"]
    resources = [
      "arn:${local.partition}:fis:*:${local.account}:experiment-template/*",
      "arn:${local.partition}:fis:*:${local.account}:experiment/*",
    ]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/antipode:owner"
      values   = [var.owner]
    }
  }
  statement {
    sid       = "PassRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.experiments.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["fis.amazonaws.com"]
    }
  }
  statement {
    sid       = "StartOwnTemplates"
    actions   = ["fis:StartExperiment"]
    resources = ["arn:${local.partition}:fis:*:${local.account}:experiment-template/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/antipode:owner"
      values   = [var.owner]
    }
  }
  statement {
    sid       = "StartOwnExperiments"
    actions   = ["fis:StartExperiment"]
    resources = ["arn:${local.partition}:fis:*:${local.account}:experiment/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/antipode:owner"
      values   = [var.owner]
    }
  }
  statement {
    sid     = "StopAndDeleteOwn"
    actions = ["fis:StopExperiment", "fis:DeleteExperimentTemplate"]
    resources = [
      "arn:${local.partition}:fis:*:${local.account}:experiment/*",
      "arn:${local.partition}:fis:*:${local.account}:experiment-template/*",
    ]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/antipode:owner"
      values   = [var.owner]
    }
  }
  statement {
    sid = "Read"
    actions = [
      "fis:GetAction",
      "fis:GetExperiment",
      "fis:GetExperimentTemplate",
      "fis:GetSafetyLever",
      "fis:ListExperimentResolvedTargets",
      "fis:ListExperimentTemplates",
      "fis:ListExperiments",
    ]
    resources = ["*"]
  }
}

# --- The role of the SSM document that delays a replica --------------------------------------------------------------------

resource "aws_iam_role" "automation" {
  name               = "antipode-automation-replication"
  description        = "Assumed by the SSM document docs/aws/replication-delay.yaml"
  assume_role_policy = data.aws_iam_policy_document.automation_trust.json
}

resource "aws_iam_role_policy" "automation" {
  name   = "delay-and-restore"
  role   = aws_iam_role.automation.id
  policy = data.aws_iam_policy_document.automation.json
}

data "aws_iam_policy_document" "automation_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ssm.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ssm:*:${local.account}:automation-execution/*"]
    }
  }
}

data "aws_iam_policy_document" "automation" {
  statement {
    sid       = "ParameterGroups"
    actions   = ["rds:DescribeDBParameters", "rds:ModifyDBParameterGroup"]
    resources = local.replica_parameter_groups
  }
  statement {
    sid       = "RememberWhatWasThere"
    actions   = ["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"]
    resources = ["arn:${local.partition}:ssm:*:${local.account}:parameter/antipode/replication-delay/*"]
  }
}

locals {
  # If no region has a replica, a name that does not exist: a statement needs at least one resource.
  replica_parameter_groups = [
    for name in coalescelist(
      compact([for one in [var.us_east_1, var.eu_west_1, var.ap_southeast_1] : one.replica_parameter_group]),
      ["antipode-none"],
    ) : "arn:${local.partition}:rds:*:${local.account}:pg:${name}"
  ]
}

output "fill_in" {
  description = "Values for the placeholders of the target file that this module knows"
  value = {
    account                    = local.account
    team                       = var.owner
    prefix-list-us-east-1      = module.us_east_1.prefix_list_id
    prefix-list-eu-west-1      = module.eu_west_1.prefix_list_id
    prefix-list-ap-southeast-1 = module.ap_southeast_1.prefix_list_id
  }
}

# Resources that FIS needs in one region.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "present" {
  description = "Resources in this region"
  type = object({
    # Subnets of load balancer and API, cut off by a region outage. Keep load generator and harness out of them.
    cut_off_subnet_ids = list(string)
    # Subnets whose traffic to other regions is cut.
    cross_region_subnet_ids = list(string)
    # CIDRs of the Redis, at most ten, and of nothing else.
    cache_cidrs = list(string)
    # Its name in CloudWatch: app/shop/50dc6c495c0c9188.
    load_balancer = string
    # More 5xx responses than this in a minute stop the experiment in all regions.
    most_failed_per_minute = optional(number, 50)
    # Parameter group of the replica; null without one. It must be attached to this replica and to no other database.
    replica_parameter_group = optional(string)
  })
}

# A region that is cut off sends no 5xx, so this alarm covers the other regions, and faults that are no outage. If you have a
# metric of what users get, such as failed orders, use that instead.
resource "aws_cloudwatch_metric_alarm" "stop" {
  alarm_name          = "antipode-stop"
  alarm_description   = "Stops experiments of Antipode in every region"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.present.most_failed_per_minute
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "failed"
    expression  = "FILL(target, 0) + FILL(balancer, 0)"
    label       = "Answers with 5xx in a minute"
    return_data = true
  }
  metric_query {
    id = "target"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      dimensions  = { LoadBalancer = var.present.load_balancer }
      stat        = "Sum"
      period      = 60
    }
  }
  metric_query {
    id = "balancer"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_ELB_5XX_Count"
      dimensions  = { LoadBalancer = var.present.load_balancer }
      stat        = "Sum"
      period      = 60
    }
  }
}

resource "aws_cloudwatch_log_group" "experiments" {
  name              = "/antipode/fis"
  retention_in_days = 30
}

resource "aws_ec2_tag" "cut_off" {
  for_each    = toset(var.present.cut_off_subnet_ids)
  resource_id = each.value
  key         = "AntipodeCutOff"
  value       = "yes"
}

resource "aws_ec2_tag" "cross_region" {
  for_each    = toset(var.present.cross_region_subnet_ids)
  resource_id = each.value
  key         = "AntipodeCrossRegion"
  value       = "yes"
}

resource "aws_ec2_managed_prefix_list" "cache" {
  name           = "antipode-cache"
  address_family = "IPv4"
  max_entries    = 10 # the limit of FIS

  dynamic "entry" {
    for_each = toset(var.present.cache_cidrs)
    content {
      cidr        = entry.value
      description = "Redis"
    }
  }
}

locals {
  document = file("${path.module}/../replication-delay.yaml")
}

resource "aws_ssm_document" "replication_delay" {
  count           = var.present.replica_parameter_group == null ? 0 : 1
  name            = "antipode-replication-delay"
  document_type   = "Automation"
  document_format = "YAML"
  content         = replace(local.document, "<parameter-group>", var.present.replica_parameter_group)
}

output "prefix_list_id" {
  value = aws_ec2_managed_prefix_list.cache.id
}

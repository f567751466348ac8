variable "owner" {
  description = "`fis.owner` of the target, in lower case: the tag of everything Antipode creates. It stops nothing else."
  type        = string
}

variable "runner_role_name" {
  description = "Role that runs Antipode, such as that of a CI job; null: attach the policy antipode-run yourself."
  type        = string
  default     = null
}

variable "us_east_1" {
  description = "Resources in us-east-1. Two regions are enough: remove variable, module and provider of another."
  type = object({
    cut_off_subnet_ids      = list(string)
    cross_region_subnet_ids = list(string)
    cache_cidrs             = list(string)
    load_balancer           = string
    most_failed_per_minute  = optional(number, 50)
    replica_parameter_group = optional(string)
  })
}

variable "eu_west_1" {
  description = "Resources in eu-west-1."
  type = object({
    cut_off_subnet_ids      = list(string)
    cross_region_subnet_ids = list(string)
    cache_cidrs             = list(string)
    load_balancer           = string
    most_failed_per_minute  = optional(number, 50)
    replica_parameter_group = optional(string)
  })
}

variable "ap_southeast_1" {
  description = "Resources in ap-southeast-1."
  type = object({
    cut_off_subnet_ids      = list(string)
    cross_region_subnet_ids = list(string)
    cache_cidrs             = list(string)
    load_balancer           = string
    most_failed_per_minute  = optional(number, 50)
    replica_parameter_group = optional(string)
  })
}

variable "owner" {
  description = "`fis.owner` of the target, in lower case: on everything that Antipode makes; only what bears it is ever ended."
  type        = string
}

variable "runner_role_name" {
  description = "Role of whoever runs Antipode, such as a CI job; null: attach the policy antipode-run yourself."
  type        = string
  default     = null
}

variable "us_east_1" {
  description = "What is there in us-east-1. Remove region and module if it is none of yours; two regions are enough."
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
  description = "What is there in eu-west-1."
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
  description = "What is there in ap-southeast-1."
  type = object({
    cut_off_subnet_ids      = list(string)
    cross_region_subnet_ids = list(string)
    cache_cidrs             = list(string)
    load_balancer           = string
    most_failed_per_minute  = optional(number, 50)
    replica_parameter_group = optional(string)
  })
}

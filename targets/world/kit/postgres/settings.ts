/** The PostgreSQL settings of a world, on every ground. */

/** The role and database of all connections. The server is unreachable from outside the world; no password. */
export const DATABASE = { user: 'antipode', database: 'postgres' } as const;

// The data lives only as long as the world: protection from a machine crash costs time and is off. Everything that
// affects replication stays on.
export const POSTGRES_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  dynamic_shared_memory_type: 'mmap', // files in the data directory, which is removed; not in /dev/shm
  max_connections: '150',
  max_wal_senders: '4',
  max_replication_slots: '4',
  // A slot retains WAL that its replica has not received; a long outage must not fill the disk.
  max_slot_wal_keep_size: '1GB',
  wal_retrieve_retry_interval: '200ms',
  // A lagging replica returns old data rather than errors: neither pruning on the primary nor replay cancels queries.
  hot_standby_feedback: 'on',
  max_standby_streaming_delay: '-1',
  // Short statements on few connections: no workers, no JIT, one generic plan.
  max_worker_processes: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  // Maintenance during a measurement is noise. Updated rows fit in their page (fillfactor) and pages are pruned on
  // access, so that a world runs for hours without vacuum.
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '1GB',
  bgwriter_lru_maxpages: '0',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
} as const;

/** How PostgreSQL is set in a world, on whatever ground. */

/** The role and the database that all use; nothing outside the world gets there, and no password is asked for. */
export const DATABASE = { user: 'antipode', database: 'postgres' } as const;

// Data of a reference system: made at start, thrown away at the end. What protects data from a crash of the machine
// costs time and proves nothing here; what makes replication what it is stays on.
export const POSTGRES_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  dynamic_shared_memory_type: 'mmap', // files in the data directory, which is removed; not in /dev/shm
  max_connections: '150',
  max_wal_senders: '4',
  max_replication_slots: '4',
  // A slot keeps what a replica has not had; a long outage must not fill the disk.
  max_slot_wal_keep_size: '1GB',
  wal_retrieve_retry_interval: '200ms',
  // A replica that lags must answer old, not break off: neither pruning on the primary nor replay ends its queries.
  hot_standby_feedback: 'on',
  max_standby_streaming_delay: '-1',
  // Short statements on few connections: no helpers, no compiling, the plan made once.
  max_worker_processes: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  // Maintenance in the middle of a measurement is noise. Updated rows find room in their page (fillfactor), and pages
  // are pruned as they are used, so that a world of hours does without.
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '1GB',
  bgwriter_lru_maxpages: '0',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
} as const;

import Glibc

/// The files of a PostgreSQL cluster: makes them once, and writes its settings at each start.
struct PostgresCluster: Sendable {
    let configuration: LocalPostgres.Configuration
    let programs: String
    let account: ServerAccount?
    let log: ServerLog

    var data: String { "\(configuration.folder)/data" }

    /// Makes the cluster with the database, unless it is there.
    ///
    /// A cluster is made beside its place and moved there when it is complete: a crash in between leaves none.
    func make() async throws {
        if Files.exists("\(data)/PG_VERSION") { return }
        let draft = "\(configuration.folder)/data.new"
        let password = "\(configuration.folder)/password"
        Files.removeFolder(draft)
        try Files.write(configuration.secret + "\n", to: password, owner: account)
        defer { unlink(password) }
        var options = [
            "--pgdata", draft, "--username", LocalPostgres.user, "--pwfile", password, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C", "--no-instructions",
        ]
        options.append(configuration.durability == .none ? "--no-sync" : "--data-checksums")
        try await Command("\(programs)/initdb", options).runChecked(as: account, log: log)
        try Files.write(settings(port: 1), to: "\(draft)/postgresql.conf", owner: account)
        try await Command("\(programs)/postgres", ["--single", "-D", draft, "postgres"])
            .runChecked(as: account, input: "CREATE DATABASE \(LocalPostgres.database)\n", log: log)
        guard rename(draft, data) == 0 else { throw Files.failure("make", data) }
    }

    /// How whole pages, which the log holds after a checkpoint, are compressed: `lz4` where the server was built with it.
    ///
    /// The way that every server knows took a core for seconds after each checkpoint; then rather not at all.
    func walCompression() async throws -> String {
        let question = ["-D", data, "-c", "wal_compression=lz4", "-C", "wal_compression"]
        return try await Command("\(programs)/postgres", question).run(as: account) == .exited(0) ? "lz4" : "off"
    }

    /// The settings, whole, so that a new version of Oliver brings its own; what an administrator changes with
    /// `ALTER SYSTEM` still wins.
    func settings(port: UInt16, walCompression: String = "off") -> String {
        """
        # Written by Oliver at each start.
        listen_addresses = '127.0.0.1'
        port = \(port)
        unix_socket_directories = ''
        max_connections = \(configuration.connectionLimit)
        password_encryption = 'scram-sha-256'
        timezone = 'UTC'
        log_timezone = 'UTC'
        datestyle = 'ISO, YMD'
        lc_messages = 'C'
        shared_buffers = '\(configuration.sharedBuffers)MB'
        effective_cache_size = '1GB'
        work_mem = '16MB'
        maintenance_work_mem = '128MB'
        random_page_cost = 1.1
        jit = off
        # Nothing outside the folder: /dev/shm is small or missing in containers, and would keep what a kill leaves.
        dynamic_shared_memory_type = 'mmap'
        max_parallel_workers_per_gather = 0
        max_parallel_maintenance_workers = 0
        wal_level = 'minimal'
        max_wal_senders = 0
        wal_compression = \(walCompression)
        wal_buffers = '16MB'
        min_wal_size = '256MB'
        max_wal_size = '2GB'
        checkpoint_timeout = '15min'
        checkpoint_completion_target = 0.9
        log_checkpoints = off
        autovacuum_naptime = '30s'
        autovacuum_vacuum_scale_factor = 0.05
        autovacuum_analyze_scale_factor = 0.05
        autovacuum_vacuum_insert_scale_factor = 0.1
        log_line_prefix = '%m [%p] '
        log_min_messages = 'warning'
        # Statements can hold people's data.
        log_min_error_statement = 'panic'
        log_parameter_max_length_on_error = 0
        fsync = \(configuration.durability == .none ? "off" : "on")
        full_page_writes = \(configuration.durability == .none ? "off" : "on")
        synchronous_commit = \(configuration.durability == .none ? "off" : "on")

        """
    }
}

internal import ArgumentParser
internal import LocalServers
internal import Logging
internal import Postgres
internal import Redis
internal import ServiceRuntime

/// Puts a backup in place of what an installation holds.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Reads a backup into an installation whose services are stopped.",
        discussion: """
            With --home it starts the folder's own servers for as long. Redis is emptied: at the next start the \
            counters are rebuilt from the ledger. The keys of the installation that was backed up work on; its admin \
            key belongs into DIR/admin.key. An installation that holds events is replaced only with --replace.
            """
    )

    @OptionGroup var installation: InstallationOptions

    @Argument(help: "The file that `oliver backup` has written.")
    var file: String

    @Flag(help: "Replace an installation that holds events.")
    var replace = false

    func run() async throws {
        guard try await DatabaseDump.tables(in: file).contains("oliver_migrations") else {
            throw ValidationError("\(file) is no backup of Oliver.")
        }
        try await installation.withServers { common, isAtRest in
            if !isAtRest, installation.home != nil {
                throw ValidationError("Oliver runs in \(installation.home ?? ""). Stop it first.")
            }
            try await restore(common)
        }
        print("\(file) is restored. Start the services: they rebuild the counters.")
    }

    private func restore(_ common: CommonConfiguration) async throws {
        var logger = Logger(label: "oliver")
        logger.logLevel = .error
        let configuration = try PostgresConfiguration(url: common.postgresURL)
        let connection = try await PostgresConnection.open(configuration, logger: logger)
        try await check(connection)
        try await connection.execute(script: Self.emptying)
        await connection.close()
        try await DatabaseDump.read(file, into: configuration.environment)
        // A backup of an earlier release is brought up to date; that of a later one is left as it is.
        try await PostgresMigrator(Installation.migrations, configuration: configuration, logger: logger).apply()
        let redis = RedisPool(try RedisConfiguration(url: common.redisURL), logger: logger)
        // What it holds belongs to another ledger. Without epochs all counters are made anew.
        try await redis.send(RedisCommand("FLUSHDB"))
        await redis.close()
    }

    /// Drops what the schema holds, and not the schema, which a dump does not make.
    private static let emptying: SQL = """
        DO $$
        DECLARE item record;
        BEGIN
            FOR item IN SELECT 'TABLE' AS kind, format('public.%I', tablename) AS name FROM pg_tables
                    WHERE schemaname = 'public'
                UNION ALL SELECT 'SEQUENCE', format('public.%I', sequencename) FROM pg_sequences
                    WHERE schemaname = 'public'
                UNION ALL SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p
                    WHERE p.pronamespace = 'public'::regnamespace
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            LOOP
                EXECUTE format('DROP %s IF EXISTS %s CASCADE', item.kind, item.name);
            END LOOP;
        END $$
        """

    private func check(_ connection: PostgresConnection) async throws {
        let services = try await connection.query(
            """
            SELECT DISTINCT application_name AS name FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'oliver-%' AND pid <> pg_backend_pid()
            ORDER BY 1
            """
        ).map { try $0.value("name", as: String.self) }
        guard services.isEmpty else {
            throw ValidationError("Services are connected (\(services.joined(separator: ", "))). Stop them first.")
        }
        let hasTable: Bool =
            try await connection.query("SELECT to_regclass('usage_events') IS NOT NULL AS found").first?.value("found")
            ?? false
        guard hasTable, !replace else { return }
        let hasEvents: Bool =
            try await connection.query("SELECT EXISTS (SELECT FROM usage_events) AS found").first?.value("found")
            ?? false
        if hasEvents {
            throw ValidationError("The installation holds events. --replace puts the backup in their place.")
        }
    }
}

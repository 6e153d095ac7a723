internal import Domain
internal import Postgres
internal import ServiceRuntime

extension Doctor {
    /// Whether PostgreSQL is there, up to date, and holds fresh prices.
    func postgres() async -> [Finding] {
        let before = clock.now
        do {
            let row = try await installation.postgres.query(
                "SELECT current_setting('server_version') AS version, clock_timestamp() AS now"
            ).first
            var findings: [Finding] = [.ok("postgres", "version \(try row?.value("version") ?? "unknown")")]
            if let now = try row?.value("now", as: Timestamp.self) {
                findings.append(skew(of: "postgres", now, between: before, and: clock.now))
            }
            let migrations = try await migrations()
            findings.append(migrations)
            if migrations.severity == .ok { findings.append(try await prices()) }
            return findings
        } catch {
            return [
                .fault(
                    "postgres_away",
                    "PostgreSQL does not answer as it should: \(error)",
                    do: "Start it, or mend OLIVER_POSTGRES_URL. Events wait in Redis meanwhile; nothing is lost."
                )
            ]
        }
    }

    private func migrations() async throws -> Finding {
        let migrator = PostgresMigrator(
            Installation.migrations,
            configuration: installation.postgresConfiguration,
            logger: installation.logger
        )
        let pending = try await migrator.pending()
        guard !pending.isEmpty else { return .ok("migrations", "the schema is up to date") }
        return .fault(
            "migration_pending",
            "the schema lacks \(pending.map(\.id).joined(separator: ", "))",
            do: "Run `oliver migrate`, or start the services, which do the same."
        )
    }

    private func prices() async throws -> Finding {
        let row = try await installation.postgres.query(
            """
            SELECT extract(epoch FROM now() - max(finished_at))::bigint / 3600 AS hours FROM price_syncs
            WHERE outcome IN ('applied', 'unchanged', 'not_modified')
            """
        ).first
        guard let hours = try row?.optional("hours", as: Int64.self) else {
            return .warning(
                "prices_stale",
                "no price map was ever taken over",
                do: "Start pricing: it brings one along."
            )
        }
        guard hours > Int64(limits.prices) else { return .ok("prices", "looked at \(hours) hours ago") }
        return .warning(
            "prices_stale",
            "prices were last looked at \(hours / 24) days ago",
            do: "See `oliver prices sync`: it says why fetching fails. Without the internet set "
                + "OLIVER_PRICING_PRICE_MAP_URL to a mirror."
        )
    }
}
